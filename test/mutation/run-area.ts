import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Mutant } from "../../src/dev/local/mutant-sample.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { type Area, DRAWN } from "./areas.ts";
import { mutatedText } from "./mutated-text.ts";
import { noticed, type Trial } from "./noticed.ts";
import { mutantsOf, sampleOf } from "./population.ts";
import type { Tally } from "./score.ts";
import { survivorAt } from "./survivors.ts";
import { testFiles } from "./test-files.ts";

/** A change that no test noticed. */
export interface Passed {
  /** The file, from the root, its line and column; for a trigger the migration and its line. */
  readonly place: string;
  readonly mutator: string;
  /** What stands there in its place. */
  readonly replacement: string;
}

/** What came of an area. */
export interface AreaResult {
  readonly tally: Tally;
  readonly passed: readonly Passed[];
  /** The commits that ran. */
  readonly commits: readonly string[];
}

/** A change on one line of a table. */
export const shortened = (text: string): string => text.replaceAll(/\s+/g, " ").slice(0, 120);

const passedAs = ({ fileName, location, mutatorName, replacement }: Mutant): Passed => ({
  place: `${relative(ROOT, fileName)}:${location.start.line + 1}:${location.start.column + 1}`,
  mutator: mutatorName,
  replacement: shortened(replacement),
});

/** The tests with those that import the file itself before the others. */
function nearestFirst(tests: readonly string[], fileName: string): readonly string[] {
  const imports = `${relative(ROOT, fileName)}"`;
  const isNear = (test: string) => readFileSync(join(ROOT, test), "utf8").includes(imports);
  return [...tests.filter(isNear), ...tests.filter((test) => !isNear(test))];
}

function trialOf(mutant: Mutant, patterns: readonly string[]): Trial {
  const { place, mutator, replacement } = passedAs(mutant);
  return {
    what: `${place} ${mutator} ${replacement.slice(0, 60)}`,
    change: { file: mutant.fileName, text: mutatedText(mutant) },
    tests: nearestFirst(testFiles(patterns), mutant.fileName),
  };
}

/**
 * Runs the drawn mutants of an area on its tests, and those that survive on the wider ones where `thorough`. A mutant with
 * a written reason counts as a survivor and is not run.
 */
export async function runArea(area: Area, thorough = true): Promise<AreaResult> {
  const all = await mutantsOf(area.mutate);
  const drawn = sampleOf(all, DRAWN, "1");
  const rounds = thorough ? [area.tests, area.wider] : [area.tests];
  const commits = new Set<string>();
  const isKnown = (mutant: Mutant) => survivorAt(passedAs(mutant)) !== undefined;
  let left = drawn.filter((mutant) => !isKnown(mutant));
  for (const patterns of rounds) {
    const verdicts = await noticed(left.map((mutant) => trialOf(mutant, patterns)));
    for (const { commit } of verdicts) commits.add(commit);
    left = left.filter((_, index) => verdicts[index]?.by === null);
  }
  left.push(...drawn.filter(isKnown));
  const tally = { area: area.id, all: all.length, drawn: drawn.length, killed: drawn.length - left.length };
  return { tally, passed: left.map(passedAs), commits: [...commits] };
}
