import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../src/dev/local/root.ts";
import type { Change } from "./change.ts";
import type { Job, Outcome } from "./run-changes.ts";

/** A change, and the tests that run on it in their order. */
export interface Trial {
  readonly what: string;
  readonly change: Change;
  readonly tests: readonly string[];
}

/** What came of a trial. */
export interface Verdict {
  /** The test that noticed the change; null where none did. */
  readonly by: string | null;
  /** The commit that ran. */
  readonly commit: string;
}

const FOLDER = join(ROOT, "artifacts/mutation");
const RECORDS = join(FOLDER, "records.jsonl");

const sha = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 20);
const hashes = new Map<string, string>();
const hashOf = (file: string): string => {
  const known = hashes.get(file) ?? sha(readFileSync(join(ROOT, file), "utf8"));
  hashes.set(file, known);
  return known;
};

const jobOf = ({ what, change, tests }: Trial, commit: string): Job => ({
  id: sha(JSON.stringify(change)),
  what,
  change,
  commit,
  tests: tests.map((file) => ({ file, hash: hashOf(file) })),
});

function records(): ReadonlyMap<string, readonly Outcome[]> {
  const lines = existsSync(RECORDS) ? readFileSync(RECORDS, "utf8").split("\n").filter(Boolean) : [];
  return Map.groupBy(
    lines.map((line) => JSON.parse(line) as Outcome),
    ({ id }) => id,
  );
}

/** Whether a recorded outcome holds for these tests: the one that noticed the change, or all that did not, are unchanged. */
function holds({ by, passed }: Outcome, tests: Job["tests"]): boolean {
  const isThere = (test: Job["tests"][number]) =>
    tests.some(({ file, hash }) => file === test.file && hash === test.hash);
  if (by) return isThere(by);
  return tests.every(({ file, hash }) => passed.some((one) => one.file === file && one.hash === hash));
}

/**
 * Runs tests on each change until one fails. A change that ran before on the same tests is not run again:
 * `artifacts/mutation/records.jsonl` keeps what came of it.
 */
export async function noticed(trials: readonly Trial[]): Promise<readonly Verdict[]> {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT, encoding: "utf8" }).trim();
  const jobs = trials.map((trial) => jobOf(trial, commit));
  for (;;) {
    const known = records();
    const found = jobs.map((job) => known.get(job.id)?.findLast((record) => holds(record, job.tests)));
    const left = jobs.filter((_, index) => !found[index]);
    if (left.length === 0)
      return found.map((record) => ({ by: record?.by?.name ?? null, commit: record?.commit ?? "" }));
    mkdirSync(FOLDER, { recursive: true });
    const file = join(FOLDER, `jobs-${process.pid}.json`);
    writeFileSync(file, JSON.stringify(left));
    const code = await runJobs(file);
    // Exit code 3: a change made a test run for ever. It is recorded, and the others still have to run.
    if (code !== 0 && code !== 3) throw new Error(`the run of ${left.length} changes ended with ${code}`);
  }
}

function runJobs(file: string): Promise<number> {
  const { VITEST: _, ...env } = process.env;
  const child = spawn(process.execPath, [join(ROOT, "test/mutation/run-changes.ts"), file, RECORDS], {
    cwd: ROOT,
    env: { ...env, TEST_PART: "", MUTATE_CACHE: join(ROOT, `node_modules/.vite/mutation-${process.pid}`) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => console.log(String(chunk).trimEnd()));
  }
  return new Promise((done, reject) => child.on("error", reject).on("exit", (code) => done(code ?? 1)));
}
