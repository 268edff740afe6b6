import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../src/dev/local/root.ts";
import { type AreaResult, kept, shortened } from "./run-area.ts";
import type { SqlRun, SqlRunResult } from "./run-sql.ts";
import { testFiles } from "./run-stryker.ts";
import { checksLifted, type SqlMutant, triggersChanged } from "./sql-mutants.ts";

export const SQL_AREA = "sql";

/** The tests that run on each change of a trigger, the quick ones before the slow. */
const TRIGGER_TESTS = ["test/db/{append-only,triggers}.test.ts", "test/audit/seal.test.ts"];
/** Each CHECK is compared with its declaration. */
const CHECK_TESTS = ["test/db/schema.test.ts"];
/** How many of the CHECKs are lifted; of the triggers, each is changed. */
const CHECKS_DRAWN = 12;

const drawn = (mutant: SqlMutant) => createHash("sha256").update(`1 ${mutant.what}`).digest().readUInt32BE();

/** Changes the guards of the schema, and tells what no test noticed. */
export async function runSqlArea(): Promise<AreaResult> {
  const triggers = triggersChanged();
  const allChecks = checksLifted();
  const checks = [...allChecks].sort((one, other) => drawn(one) - drawn(other)).slice(0, CHECKS_DRAWN);
  const mutants = [...triggers, ...checks];
  const tests = testFiles([...TRIGGER_TESTS, ...CHECK_TESTS]).map((file) => readFileSync(join(ROOT, file), "utf8"));
  return kept(SQL_AREA, [JSON.stringify(mutants), ...tests], async () => {
    const noticed = [
      ...(await runSql("triggers", { mutants: triggers, tests: TRIGGER_TESTS })),
      ...(await runSql("checks", { mutants: checks, tests: CHECK_TESTS })),
    ];
    const passed = mutants.filter((_, index) => noticed[index] === null);
    const all = triggers.length + allChecks.length;
    return {
      tally: { area: SQL_AREA, all, drawn: mutants.length, killed: mutants.length - passed.length },
      passed: passed.map(({ migration, line, what, to }) => ({
        place: `migrations/${migration}:${line}`,
        mutator: what,
        replacement: shortened(to),
      })),
    };
  });
}

async function runSql(name: string, run: SqlRun): Promise<SqlRunResult> {
  const folder = join(ROOT, "artifacts/mutation/sql");
  mkdirSync(folder, { recursive: true });
  const [runFile, resultFile] = [join(folder, `${name}.json`), join(folder, `${name}-result.json`)];
  writeFileSync(runFile, JSON.stringify(run));
  const { VITEST: _, ...env } = process.env;
  const child = spawn(process.execPath, [join(ROOT, "test/mutation/run-sql.ts"), runFile, resultFile], {
    cwd: ROOT,
    env: { ...env, TEST_PART: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-4_000);
      console.log(String(chunk).trimEnd());
    });
  }
  const code = await new Promise((done, reject) => child.on("error", reject).on("exit", done));
  if (code !== 0) throw new Error(`the run of ${name} ended with ${code}:\n${output}`);
  return JSON.parse(readFileSync(resultFile, "utf8")) as SqlRunResult;
}
