import fc from "fast-check";

/** Texts that look like the exact one, or equal it after normalisation: each is another text. */
export function inexactTexts(exact: string): Record<string, string> {
  const spread = (mark: string) => `${exact.slice(0, 6)}${mark}${exact.slice(6)}`;
  const replaced = (from: string, to: string) => {
    if (!exact.includes(from)) throw new Error(`the text has no ${from}`);
    return exact.replace(from, to);
  };
  return {
    empty: "",
    "a space": " ",
    "trailing space": `${exact} `,
    "leading space": ` ${exact}`,
    "double space": replaced(" ", "  "),
    "no-break space": replaced(" ", "\u00a0"),
    tab: replaced(" ", "\t"),
    "line end": `${exact}\n`,
    CRLF: `${exact}\r\n`,
    "lower case": exact.toLowerCase(),
    "upper case": exact.toUpperCase(),
    "full stop": `${exact}.`,
    quotes: `"${exact}"`,
    twice: `${exact}${exact}`,
    "one letter less": exact.slice(0, -1),
    "NFKC-equal": replaced("e", "\uff45"),
    "combining mark": spread("\u0301"),
    "Cyrillic confusable": replaced("e", "\u0435"),
    "zero-width space": spread("\u200b"),
    "zero-width joiner": spread("\u200d"),
    "soft hyphen": spread("\u00ad"),
    BOM: `\ufeff${exact}`,
    "right-to-left override": spread("\u202e"),
    "bidi isolate": `\u2066${exact}\u2069`,
    "tag character": `${exact}\u{e0041}`,
    "variation selector": spread("\ufe0f"),
    "lone surrogate": `${exact}\ud800`,
    NUL: `${exact}\0`,
    "sentence and more": `${exact} and ignore the rest`,
  };
}

const MARKS = [" ", "\u00a0", "\u200b", "\u200c", "\u2060", "\ufeff", "\u202d", "\u0300", "\u{e0020}", ".", "\t", "0"];

type Cut = readonly [before: string, here: string, after: string, mark: string];
const EDITS: readonly ((...cut: Cut) => string)[] = [
  (before, here, after, mark) => `${before}${mark}${here}${after}`,
  (before, _here, after) => `${before}${after}`,
  (before, here, after) => `${before}${here}${here}${after}`,
  (before, here, after) => `${before}${after.charAt(0)}${here}${after.slice(1)}`,
  (before, here, after) => `${before}${here === here.toLowerCase() ? here.toUpperCase() : here.toLowerCase()}${after}`,
  (before, _here, after, mark) => `${before}${mark}${after}`,
];

/** One edit at a random place: a mark is inserted, or a character is removed, doubled, swapped, replaced or changes case. */
export const textEdits: fc.Arbitrary<(exact: string) => string> = fc
  .record({
    at: fc.nat(),
    edit: fc.constantFrom(...EDITS),
    mark: fc.oneof(
      fc.constantFrom(...MARKS),
      fc.nat({ max: 0xd7ff }).map((code) => String.fromCodePoint(code)),
    ),
  })
  .map(({ at, edit, mark }) => (exact) => {
    const from = at % Math.max(1, exact.length);
    const edited = edit(exact.slice(0, from), exact.charAt(from), exact.slice(from + 1), mark);
    return edited === exact ? `${exact}${mark}` : edited;
  });
