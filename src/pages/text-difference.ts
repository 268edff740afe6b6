/** Characters before and after the first difference that are quoted. */
const SHOWN = 12;

/** Where a typed text first differs from the exact one, as a sentence. Each quoted character can be seen. */
export function differenceWords(typed: string, exact: string): string {
  const [given, wanted] = [[...typed], [...exact]];
  if (given.length === 0) return "The field was empty.";
  const at = wanted.findIndex((character, index) => character !== given[index]);
  const place = at < 0 ? wanted.length : at;
  const before = wanted.slice(Math.max(0, place - SHOWN), place).join("");
  const after = before === "" ? "At its start" : `After “${before}”`;
  const rest = quoted(given.slice(place));
  const missing = quoted(wanted.slice(place));
  if (place === given.length) return `${after} you stopped, and the text goes on with ${missing}.`;
  if (place === wanted.length) return `${after} the text ends, and you went on with ${rest}.`;
  return `${after} you typed ${rest}, and the text has ${missing}.`;
}

/** A few characters in quotes; those that can't be seen, or look like others, by their code. */
function quoted(characters: readonly string[]): string {
  const shown = characters.slice(0, SHOWN).map((character) => {
    if (/^[\x20-\x7e]$/.test(character)) return character;
    return `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`;
  });
  return `“${shown.join("")}${characters.length > SHOWN ? "…" : ""}”`;
}
