import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { keyOf, type Mutant } from "../../src/dev/local/mutant-sample.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { type Area, DRAWN, IN_A_PART } from "./areas.ts";
import { mutantsOf, sampleOf } from "./population.ts";
import { type Outcome, runStryker, testFiles } from "./run-stryker.ts";
import type { Tally } from "./score.ts";

/** A mutant that no test noticed. */
export interface Passed {
  /** The file, from the root, and the line. */
  readonly place: string;
  readonly mutator: string;
  /** What stands there in its place. */
  readonly replacement: string;
}

/** What came of an area. */
export interface AreaResult {
  readonly tally: Tally;
  readonly passed: readonly Passed[];
  /** The commit that ran. */
  readonly commit: string;
}

const passedAs = ({ fileName, location, mutatorName, replacement }: Mutant): Passed => ({
  place: `${relative(ROOT, fileName)}:${location.start.line + 1}`,
  mutator: mutatorName,
  replacement: shortened(replacement),
});

/** A change on one line of a table. */
export const shortened = (text: string): string => text.replaceAll(/\s+/g, " ").slice(0, 120);

/**
 * Runs a batch of the sample of an area, from 0: first against the area's tests, then what they let pass against the wider
 * ones. What ran before on the same files is not run again: `artifacts/mutation/` keeps it.
 */
export async function runArea(area: Area, batch: number): Promise<AreaResult> {
  const all = await mutantsOf(area.mutate);
  const drawn = sampleOf(all, DRAWN, "1").slice(batch * IN_A_PART, (batch + 1) * IN_A_PART);
  const files = [...globSync([...area.mutate], { cwd: ROOT }), ...testFiles([...area.tests, ...area.wider])].sort();
  const sources = [JSON.stringify(area), ...drawn.map(keyOf), ...files.map(readSource)];
  return kept(`${area.id}-${batch}`, sources, async () => {
    const first = await runStryker(`${area.id}-${batch}/first`, drawn, area.tests);
    const left = drawn.filter((mutant) => first.get(keyOf(mutant)) !== "killed");
    for (const mutant of left) console.log(`passed the first tests: ${JSON.stringify(passedAs(mutant))}`);
    const second =
      left.length > 0 ? await runStryker(`${area.id}-${batch}/wider`, left, area.wider) : new Map<string, Outcome>();
    const passed = left.filter((mutant) => second.get(keyOf(mutant)) !== "killed");
    const tally = { area: area.id, all: all.length, drawn: drawn.length, killed: drawn.length - passed.length };
    return { tally, passed: passed.map(passedAs) };
  });
}

const readSource = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** Keeps what a run found out, for the same sources. */
export async function kept(
  name: string,
  sources: readonly string[],
  run: () => Promise<Omit<AreaResult, "commit">>,
): Promise<AreaResult> {
  const hash = createHash("sha256").update(JSON.stringify(sources)).digest("hex").slice(0, 16);
  const path = join(ROOT, "artifacts/mutation", name, `result-${hash}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as AreaResult;
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT, encoding: "utf8" }).trim();
  const result = { ...(await run()), commit };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(result));
  return result;
}
