import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createVitest, type Vitest } from "vitest/node";
import { ROOT } from "../../src/dev/local/root.ts";
import { testFiles } from "./run-stryker.ts";
import type { SqlMutant } from "./sql-mutants.ts";

/** What a run is asked for: mutants, and patterns of tests. */
export interface SqlRun {
  readonly mutants: readonly SqlMutant[];
  readonly tests: readonly string[];
}

/** The test that noticed each mutant, in the order of the mutants; null where none did. */
export type SqlRunResult = readonly (string | null)[];

/** The first test that fails in a run. */
async function firstFailure(vitest: Vitest, files: readonly string[]): Promise<string | null> {
  vitest.state.filesMap.clear();
  vitest.state.errorsSet.clear();
  await vitest.start([...files]);
  const modules = vitest.state.getTestModules();
  if (modules.length === 0) throw new Error("no test ran");
  for (const found of modules) {
    for (const test of found.children.allTests("failed")) return `${relative(ROOT, found.moduleId)}: ${test.fullName}`;
    if (found.state() === "failed") return `${relative(ROOT, found.moduleId)} as a whole`;
  }
  return null;
}

/** `node test/mutation/run-sql.ts <run> <result>`, both files of JSON. A vitest of its own, once for all mutants. */
const [runFile = "", resultFile = ""] = process.argv.slice(2);
const { mutants, tests } = JSON.parse(readFileSync(runFile, "utf8")) as SqlRun;
const files = testFiles(tests);
process.env.MUTATE_TESTS = files.join(",");
process.env.MUTATE_SQL = "1";
process.env.TEST_SEED = "1";
const vitest = await createVitest("test", {
  config: join(ROOT, "vitest.worker.config.ts"),
  root: ROOT,
  watch: false,
  bail: 1,
  maxWorkers: 1,
  reporters: [],
});
const without = await firstFailure(vitest, files);
if (without) throw new Error(`a test fails without a mutant: ${without}`);
const result: (string | null)[] = [];
for (const mutant of mutants) {
  vitest.provide("sqlMutant", mutant);
  result.push(await firstFailure(vitest, files));
  console.log(`${result.length} of ${mutants.length}: ${mutant.what}: ${result.at(-1) ?? "survived"}`);
}
writeFileSync(resultFile, JSON.stringify(result));
await vitest.close();
process.exit(0);
