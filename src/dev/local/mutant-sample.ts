import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
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

/** What a mutant is known by, from one run to the next. */
export function keyOf({ fileName, location: { start, end }, mutatorName, replacement }: Mutant): string {
  const place = [start.line, start.column, end.line, end.column];
  return JSON.stringify([relative(ROOT, fileName), ...place, mutatorName, replacement]);
}

/** A number from 0 to below 1; the same seed and mutant give the same number. */
export function draw(seed: string, mutant: Mutant): number {
  return (
    createHash("sha256")
      .update(`${seed} ${keyOf(mutant)}`)
      .digest()
      .readUInt32BE() /
    2 ** 32
  );
}

/**
 * Accepts a share of the mutants, `MUTATE_SHARE`, or those of a file of keys, `MUTATE_ONLY`. It marks the others as compile
 * errors, which no score counts.
 */
function sampleChecker() {
  const { MUTATE_SHARE, MUTATE_ONLY, TEST_SEED = "1" } = process.env;
  const share = Number(MUTATE_SHARE);
  const only = MUTATE_ONLY ? new Set(JSON.parse(readFileSync(MUTATE_ONLY, "utf8")) as string[]) : undefined;
  const isTested = (mutant: Mutant) => (only ? only.has(keyOf(mutant)) : draw(TEST_SEED, mutant) < share);
  return {
    async init() {
      if (!only && !(share > 0 && share <= 1)) {
        throw new Error(`MUTATE_SHARE is above 0 and at most 1, not ${MUTATE_SHARE}`);
      }
    },
    async check(mutants: readonly Mutant[]) {
      const left = { status: "compileError", reason: "Not in the sample" };
      return Object.fromEntries(mutants.map((mutant) => [mutant.id, isTested(mutant) ? { status: "passed" } : left]));
    },
  };
}

/** Stryker's name for the plugins of a module. */
export const strykerPlugins = [{ kind: "Checker", name: "sample", factory: sampleChecker }];
