import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "../../src/dev/local/root.ts";
import type { Line } from "./line.ts";
import { figuresText, verdictOf } from "./render.ts";
import { isFull, type Part, type Result, readResult, writeResult } from "./result.ts";
import { type Progress, runPart } from "./run-part.ts";
import { partOf, type RunReport, secondsOf } from "./suite-run.ts";

interface Running extends Progress {
  /** Whether the time that is left is enough for a part that takes about so many seconds. */
  mayBegin(seconds: number): boolean;
  /** Whether parts run until the line has its full size; otherwise one part runs. */
  readonly toTheEnd: boolean;
}

const git = (...args: string[]) => execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();

/** The commit that runs, with a plus sign where a file differs from it. */
function commitNow(): string {
  const changed = git("status", "--porcelain", "--", ".", ":!test/results", ":!test/REPORT.md", ":!test/BENCH.md");
  return `${git("rev-parse", "--short", "HEAD")}${changed ? "+" : ""}`;
}

const versionOf = (name: string) =>
  (JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")) as { version: string }).version;

const versions = () => ({
  node: process.versions.node,
  ...Object.fromEntries(
    ["workerd", "vitest", "stripe", "@modelcontextprotocol/server"].map((name) => [name, versionOf(name)]),
  ),
});

/** The parts that ran on these sources and failed nothing. Any other part is run again. */
const partsToKeep = (result: Result | undefined, sources: string): readonly Part[] =>
  result?.sources === sources ? result.parts.filter(({ failures }) => failures.length === 0) : [];

/**
 * Runs parts of a line and stores each as it ends. `sources` is the hash of what the line depends on: the first new part
 * replaces the parts that ran on other sources. It stops after a part that failed, when time is up, and at the stop signal.
 */
export async function runLine(line: Line, sources: string, running: Running): Promise<void> {
  let parts = partsToKeep(readResult(line), sources);
  if (isFull(line, parts)) return void running.output.write(`${line.id}: complete\n`);
  // The figures of the suite are of the same things: added to those of a part, they would count them twice.
  parts = parts.filter(({ part }) => part > 0);
  for (;;) {
    const part = Math.max(0, ...parts.map((one) => one.part)) + 1;
    if (!running.mayBegin(parts.at(-1)?.seconds ?? 0)) return;
    running.output.write(`\n== ${line.id}, part ${part}: ${line.title}\n`);
    const ran = await runPart(line, part, running);
    if (!ran) return;
    parts = [...parts, ran];
    const result = store(line, sources, parts);
    running.output.write(`${line.id}: ${verdictOf({ line, result })}; ${figuresText({ line, result })}\n`);
    if (ran.failures.length > 0 || !running.toTheEnd || isFull(line, parts)) return;
  }
}

/**
 * Stores the figures that a run of the suite told of a line as part 0. A line keeps the parts that ran on these sources, and
 * one of which the suite did not run every test file keeps its result.
 */
export function takeFromSuite(line: Line, sources: string, run: RunReport): void {
  if (partsToKeep(readResult(line), sources).some(({ part }) => part > 0)) return;
  if (!line.tests.every((test) => run.testResults.some(({ name }) => relative(ROOT, name) === test))) return;
  const part = partOf(line, run, { part: 0, seconds: secondsOf(line, run) });
  // The suite skips the tests that run in parts alone.
  if (part.passed > 0) store(line, sources, [part]);
}

function store(line: Line, sources: string, parts: readonly Part[]): Result {
  const date = new Date().toISOString().slice(0, 10);
  const result: Result = { line: line.id, date, commit: commitNow(), sources, versions: versions(), parts };
  writeResult(line, result);
  return result;
}
