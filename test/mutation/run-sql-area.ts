import { createHash } from "node:crypto";
import { noticed, type Trial } from "./noticed.ts";
import { type AreaResult, type Passed, shortened } from "./run-area.ts";
import { checksLifted, type SqlMutant, triggersChanged } from "./sql-mutants.ts";
import { survivorAt } from "./survivors.ts";
import { testFiles } from "./test-files.ts";

export const SQL_AREA = "sql";

/** Each CHECK is compared with its declaration. */
const CHECK_TESTS = "test/db/schema.test.ts";
/** The test that covers a trigger best, by the name of its migration. */
const TRIGGER_TESTS: readonly (readonly [RegExp, string])[] = [
  [/_guard_|_audit_no_|count_/, "test/db/triggers.test.ts"],
];
const OTHER_TRIGGERS = "test/db/append-only.test.ts";
/** The tests that run on a change which those did not notice. */
const WIDER = [
  "test/db/recorded-intents.test.ts",
  "test/db/{append-only,triggers}.test.ts",
  "test/audit/seal.test.ts",
  "test/tools/{record-revocation-intent,review-commission-evidence}.test.ts",
];
/** How many of the CHECKs are lifted; of the triggers, each is changed. */
const CHECKS_DRAWN = 12;

const drawn = (mutant: SqlMutant) => createHash("sha256").update(`1 ${mutant.what}`).digest().readUInt32BE();

const checksDrawn = () => [...checksLifted()].sort((one, other) => drawn(one) - drawn(other)).slice(0, CHECKS_DRAWN);

/** Tests that may notice a changed guard: the patterns of all of them. */
export const SQL_TESTS: readonly string[] = [
  CHECK_TESTS,
  ...TRIGGER_TESTS.map(([, tests]) => tests),
  OTHER_TRIGGERS,
  ...WIDER,
];

/** Every change of the guards that runs. */
export const sqlMutants = (): readonly SqlMutant[] => [...triggersChanged(), ...checksDrawn()];

const bestTests = ({ migration, what }: SqlMutant): readonly string[] => [
  / lets all pass$/.test(what)
    ? CHECK_TESTS
    : (TRIGGER_TESTS.find(([name]) => name.test(migration))?.[1] ?? OTHER_TRIGGERS),
];

const trialOf = (mutant: SqlMutant, patterns: readonly string[]): Trial => ({
  what: mutant.what,
  change: { migration: mutant.migration, from: mutant.from, to: mutant.to },
  tests: testFiles(patterns),
});

const passedAs = ({ migration, line, what, to }: SqlMutant): Passed => ({
  place: `migrations/${migration}:${line}`,
  mutator: what,
  replacement: shortened(to),
});

/** Runs the changed guards on the test that covers each best, and those that survive on the wider ones where `thorough`. */
export async function runSqlArea(thorough = true): Promise<AreaResult> {
  const mutants = sqlMutants();
  const commits = new Set<string>();
  const isKnown = (mutant: SqlMutant) => survivorAt(passedAs(mutant)) !== undefined;
  let left = mutants.filter((mutant) => !isKnown(mutant));
  for (const round of thorough ? [bestTests, () => WIDER] : [bestTests]) {
    const verdicts = await noticed(left.map((mutant) => trialOf(mutant, round(mutant))));
    for (const { commit } of verdicts) commits.add(commit);
    left = left.filter((_, index) => verdicts[index]?.by === null);
  }
  left.push(...mutants.filter(isKnown));
  const all = triggersChanged().length + checksLifted().length;
  return {
    tally: { area: SQL_AREA, all, drawn: mutants.length, killed: mutants.length - left.length },
    passed: left.map(passedAs),
    commits: [...commits],
  };
}
