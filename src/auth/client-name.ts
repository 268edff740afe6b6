const MAX_CHARACTERS = 60;

/**
 * A client's declared name on one line of at most 60 visible characters; the fallback where none is left.
 * The client chooses its name, so right-to-left overrides and zero-width characters, which can make it look like other
 * text, are removed. The page escapes it.
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
