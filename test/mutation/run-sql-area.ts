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

/** Each CHECK is compared with its declaration. */
const CHECK_TESTS = "test/db/schema.test.ts";
/** The tests that know a trigger best, by the name of its migration. */
const TRIGGER_TESTS: readonly (readonly [RegExp, string])[] = [
  [/_guard_|_audit_no_|count_/, "test/db/triggers.test.ts"],
  [/_audit_seals_/, "test/audit/seal.test.ts"],
];
const OTHER_TRIGGERS = "test/db/append-only.test.ts";
/** The tests that run on what these did not notice. */
const WIDER = [
  "test/db/{append-only,triggers}.test.ts",
  "test/audit/seal.test.ts",
  "test/tools/{record-revocation-intent,review-commission-evidence}.test.ts",
];
/** How many of the CHECKs are lifted; of the triggers, each is changed. */
const CHECKS_DRAWN = 12;

const drawn = (mutant: SqlMutant) => createHash("sha256").update(`1 ${mutant.what}`).digest().readUInt32BE();

const checksDrawn = () => [...checksLifted()].sort((one, other) => drawn(one) - drawn(other)).slice(0, CHECKS_DRAWN);

/** Every change of the guards that runs. */
export const sqlMutants = (): readonly SqlMutant[] => [...triggersChanged(), ...checksDrawn()];

const bestTests = ({ migration, what }: SqlMutant): string =>
  / lets all pass$/.test(what)
    ? CHECK_TESTS
    : (TRIGGER_TESTS.find(([name]) => name.test(migration))?.[1] ?? OTHER_TRIGGERS);

/** Changes the guards of the schema, and tells what no test noticed. */
export async function runSqlArea(): Promise<AreaResult> {
  const mutants = sqlMutants();
  const groups = [...Map.groupBy(mutants, bestTests)];
  const files = testFiles([...groups.map(([test]) => test), ...WIDER]);
  const sources = files.map((file) => readFileSync(join(ROOT, file), "utf8"));
  return kept(SQL_AREA, [JSON.stringify(mutants), ...sources], async () => {
    let left: SqlMutant[] = [];
    for (const [test, ofTest] of groups) left.push(...(await survivorsOf(ofTest, [test])));
    if (left.length > 0) left = await survivorsOf(left, WIDER);
    const all = triggersChanged().length + checksLifted().length;
    return {
      tally: { area: SQL_AREA, all, drawn: mutants.length, killed: mutants.length - left.length },
      passed: left.map(({ migration, line, what, to }) => ({
        place: `migrations/${migration}:${line}`,
        mutator: what,
        replacement: shortened(to),
      })),
    };
  });
}

async function survivorsOf(mutants: readonly SqlMutant[], tests: readonly string[]): Promise<SqlMutant[]> {
  const noticed = await runSql({ mutants, tests });
  return mutants.filter((_, index) => noticed[index] === null);
}

async function runSql(run: SqlRun): Promise<SqlRunResult> {
  const folder = join(ROOT, "artifacts/mutation/sql");
  mkdirSync(folder, { recursive: true });
  const [runFile, resultFile] = [join(folder, "run.json"), join(folder, "run-result.json")];
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
  if (code !== 0) throw new Error(`the run ended with ${code}:\n${output}`);
  return JSON.parse(readFileSync(resultFile, "utf8")) as SqlRunResult;
}
