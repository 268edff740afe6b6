const MAX_CHARACTERS = 60;

/**
 * A client's declared name, made fit to show: one line, at most 60 characters, nothing invisible.
 * Whoever registers a client chooses it, so right-to-left overrides and zero-width characters that would let it
 * pose as other text are removed. Escaping is the page's part. Empty names become the fallback.
 */
export function displayName(declared: string | undefined, fallback: string): string {
  return clean(declared ?? "") || clean(fallback) || "unnamed client";
}

function clean(text: string): string {
  const visible = text
    .replace(/[\p{Z}\t\r\n]+/gu, " ")
    .replace(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, "")
    .trim();
  const characters = [...visible];
  return characters.length <= MAX_CHARACTERS ? visible : `${characters.slice(0, MAX_CHARACTERS - 1).join("")}…`;
}
