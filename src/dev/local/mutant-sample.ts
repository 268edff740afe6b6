import { createHash } from "node:crypto";
import { relative } from "node:path";
import { ROOT } from "./root.ts";

interface Position {
  readonly line: number;
  readonly column: number;
}

/** A mutant, as Stryker hands it to a checker. Lines and columns are counted from 0. */
export interface Mutant {
  readonly id: string;
  readonly fileName: string;
  readonly location: { readonly start: Position; readonly end: Position };
  readonly mutatorName: string;
  readonly replacement: string;
}

/** A number from 0 to below 1; the same seed and mutant give the same number. */
export function draw(seed: string, { fileName, location: { start, end }, mutatorName, replacement }: Mutant): number {
  const place = [relative(ROOT, fileName), start.line, start.column, end.line, end.column];
  const text = JSON.stringify([seed, ...place, mutatorName, replacement]);
  return createHash("sha256").update(text).digest().readUInt32BE() / 2 ** 32;
}

/** Accepts a share of the mutants, `MUTATE_SHARE`. It marks the others as compile errors, which no score counts. */
function sampleChecker() {
  const { MUTATE_SHARE, TEST_SEED = "1" } = process.env;
  const share = Number(MUTATE_SHARE);
  return {
    async init() {
      if (!(share > 0 && share <= 1)) throw new Error(`MUTATE_SHARE is above 0 and at most 1, not ${MUTATE_SHARE}`);
    },
    async check(mutants: readonly Mutant[]) {
      const left = { status: "compileError", reason: "Not in the sample" };
      return Object.fromEntries(mutants.map((m) => [m.id, draw(TEST_SEED, m) < share ? { status: "passed" } : left]));
    },
  };
}

/** Stryker's name for the plugins of a module. */
export const strykerPlugins = [{ kind: "Checker", name: "sample", factory: sampleChecker }];
