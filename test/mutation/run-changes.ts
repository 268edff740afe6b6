import { appendFileSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createVitest, type TestModule, type Vitest } from "vitest/node";
import { ROOT } from "../../src/dev/local/root.ts";
import { type Change, now } from "./change.ts";

interface TestFile {
  readonly file: string;
  /** Of its text. */
  readonly hash: string;
}

/** A change, and the test files that run on it in their order. */
export interface Job {
  readonly id: string;
  readonly what: string;
  readonly change: Change;
  readonly commit: string;
  readonly tests: readonly TestFile[];
}

/** The outcome of a job: the test that noticed the change, or the files that did not. */
export interface Outcome {
  readonly id: string;
  readonly commit: string;
  readonly by: (TestFile & { readonly name: string }) | null;
  readonly passed: readonly TestFile[];
}

/** Far beyond what the tests of a job take on a busy machine: a change that makes a test run for ever counts as noticed. */
const LONGEST_MS = 1_200_000;
const NEVER_ENDS = "it never ends";
const NOT_STARTED = ": it does not start";

const pathOf = ({ moduleId }: TestModule) => relative(ROOT, moduleId);

/** Runs test files until the first test fails. */
async function run(vitest: Vitest, tests: readonly string[], change: Change | undefined): Promise<string | null> {
  const changed = [now.change, change].flatMap((one) => (one && "file" in one ? [one.file] : []));
  now.change = change;
  now.order = tests;
  for (const file of changed) vitest.invalidateFile(file);
  vitest.provide("sqlMutant", change && "migration" in change ? change : undefined);
  vitest.state.filesMap.clear();
  vitest.state.errorsSet.clear();
  await vitest.start([...tests]);
  const modules = vitest.state.getTestModules();
  if (modules.length === 0) throw new Error(`no test ran of ${tests.join(", ")}`);
  for (const found of modules) {
    for (const test of found.children.allTests("failed")) return `${pathOf(found)}: ${test.fullName}`;
    if (found.state() === "failed") return `${pathOf(found)}${NOT_STARTED}`;
    if (found.state() === "passed") passing.add(pathOf(found));
  }
  return null;
}

/** Test files that have passed as a whole, with a change or without one. */
const passing = new Set<string>();

const keep = (record: Outcome) => appendFileSync(recordsFile, `${JSON.stringify(record)}\n`);

/** `node test/mutation/run-changes.ts <jobs> <records>`: a vitest of its own for all jobs; each record is a line. */
const [jobsFile = "", recordsFile = ""] = process.argv.slice(2);
const jobs = JSON.parse(readFileSync(jobsFile, "utf8")) as readonly Job[];
process.env.MUTATE_TESTS = [...new Set(jobs.flatMap(({ tests }) => tests.map(({ file }) => file)))].join(",");
process.env.MUTATE_CHANGES = "1";
process.env.TEST_SEED = "1";
const vitest = await createVitest("test", {
  config: join(ROOT, "vitest.worker.config.ts"),
  root: ROOT,
  watch: false,
  bail: 1,
  maxWorkers: 1,
  reporters: [],
});
const begun = Date.now();
const seconds = () => Math.round((Date.now() - begun) / 1000);
for (const [index, { id, what, change, tests, commit }] of jobs.entries()) {
  const told = (name: string | null) =>
    console.log(`${index + 1} of ${jobs.length}, ${seconds()} s: ${what}: ${name ?? "SURVIVED"}`);
  const tooLong = setTimeout(() => {
    const [first] = tests;
    if (first) keep({ id, commit, by: { ...first, name: NEVER_ENDS }, passed: [] });
    told(NEVER_ENDS);
    process.exit(3);
  }, LONGEST_MS);
  const files = tests.map(({ file }) => file);
  let name = await run(vitest, files, change);
  // A file that does not start may have met something else than the change.
  if (name?.endsWith(NOT_STARTED)) name = await run(vitest, files, change);
  clearTimeout(tooLong);
  told(name);
  const failed = tests.find(({ file }) => name?.startsWith(`${file}: `));
  const record: Outcome = { id, commit, by: name && failed ? { ...failed, name } : null, passed: name ? [] : tests };
  // What failed with a change has to pass without one, or it noticed nothing.
  if (failed && !passing.has(failed.file)) {
    const fault = await run(vitest, [failed.file], undefined);
    if (fault) throw new Error(`a test fails without a change: ${fault}`);
  }
  keep(record);
}
await vitest.close();
process.exit(0);
