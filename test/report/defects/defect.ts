/** A mistake that is put into a copy of the product, to see that a test of its promise notices. */
export interface Defect {
  /** The line of `test/report/promises.ts` whose test has to notice it. */
  readonly promise: string;
  /** The mistake, in a sentence. */
  readonly what: string;
  /** The file that has the mistake, from the root. */
  readonly file: string;
  /** A text that the file has exactly once. */
  readonly find: string;
  /** What stands there instead. */
  readonly put: string;
  /** Tests of the line that have to notice it; a quick one where that is enough. */
  readonly tests: readonly string[];
}

/** The text of a file with the mistake. Throws unless the text that it replaces stands there once. */
export function spoiled(text: string, { file, find, put }: Pick<Defect, "file" | "find" | "put">): string {
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${file}: does not have this text exactly once: ${find}`);
  }
  return `${before}${put}${after}`;
}
