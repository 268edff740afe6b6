/** Untrusted text with every character visible: those that hide text or reverse its direction become `U+FFFD`. */
export const visibleText = (text: string) =>
  text.replace(/(?![\n\t])[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu, "\ufffd");

/** The most characters of a quoted text. */
const MOST_QUOTED = 500;

const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;
/** Joiners and variation selectors, which emoji and several scripts need after a visible character. */
const SHAPES_THE_LAST = /\u200c|\u200d|\ufe0e|\ufe0f/;

/**
 * Text of the business on one line, as a public list quotes it: bounded, and without the characters that hide text, reverse
 * its direction or end its line. Letters of every script stay as they are.
 */
export function quotedText(text: string): string {
  const shown: string[] = [];
  for (const character of text.replaceAll(/[\t\n\v\f\r\u2028\u2029]+/g, " ")) {
    const shapes = SHAPES_THE_LAST.test(character) && !INVISIBLE.test(shown.at(-1) ?? "\0");
    if (shapes || !INVISIBLE.test(character)) shown.push(character);
  }
  return shown.length <= MOST_QUOTED ? shown.join("") : `${shown.slice(0, MOST_QUOTED - 1).join("")}\u2026`;
}

/** The most characters of a short name. */
const MOST_OF_A_NAME = 60;

/**
 * A name that its bearer chose, on one line of at most 60 visible characters. Right-to-left overrides and zero-width
 * characters, which can make it look like other text, are removed. Empty where nothing of it is visible.
 */
export function shortName(name: string): string {
  const visible = name
    .replace(/[\p{Z}\t\n\v\f\r]+/gu, " ")
    .replace(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, "")
    .trim();
  const characters = [...visible];
  return characters.length <= MOST_OF_A_NAME ? visible : `${characters.slice(0, MOST_OF_A_NAME - 1).join("")}…`;
}

/** The name and version that a client declares, as one short line. Unverified. */
export function declaredName(declared: string | null): string | undefined {
  try {
    const { name, version } = JSON.parse(declared ?? "{}") as { name?: unknown; version?: unknown };
    if (typeof name !== "string") return undefined;
    const words = typeof version === "string" ? `${name} ${version}` : name;
    return [...visibleText(words.replaceAll(/\s+/g, " "))].slice(0, 100).join("");
  } catch {
    return undefined;
  }
}

/** The domain of a client whose id is a URL (a client ID metadata document). */
export function domainOf(clientId: string | null): string | undefined {
  return clientId !== null && URL.canParse(clientId) ? new URL(clientId).hostname : undefined;
}
