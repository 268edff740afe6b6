import { createHash } from "node:crypto";
import { relative } from "node:path";
import { ROOT } from "./root.ts";

/** A mutant, as Stryker hands it to a checker. */
interface Mutant {
  readonly id: string;
  readonly fileName: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
  readonly mutatorName: string;
  readonly replacement: string;
}

/** A number from 0 to below 1; the same seed and mutant give the same number. */
function draw(seed: string, { fileName, location: { start }, mutatorName, replacement }: Mutant): number {
  const text = JSON.stringify([seed, relative(ROOT, fileName), start.line, start.column, mutatorName, replacement]);
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
