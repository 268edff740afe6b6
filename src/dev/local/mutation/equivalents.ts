import type { Mutant } from "./mutants.ts";

/** A mutant that behaves as the original does, and why. */
export interface Equivalent {
  readonly file: string;
  readonly original: string;
  readonly replacement: string;
  /** A part of the line, where the same change can be made at several places. */
  readonly on?: string;
  readonly reason: string;
}

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: "src/kernel/write-request.ts",
    original: '"does not fit"',
    replacement: '""',
    reason: "A parse that failed has an issue, and every issue has a message; only the types allow for none.",
  },
];

/** The entry that a mutant is excused by. */
export function excuseFor(mutant: Mutant, line: string): Equivalent | undefined {
  return EQUIVALENTS.find(
    ({ file, original, replacement, on }) =>
      file === mutant.file &&
      original === mutant.original &&
      replacement === mutant.replacement &&
      (on === undefined || line.includes(on)),
  );
}
