import { differs, type Finding, missing, notLookedAt, ok } from "./finding.ts";
import type { Outside } from "./outside.ts";
import { queryCommand, readRows } from "./remote-database.ts";
import { deployCommand, envArgument, type Target } from "./target.ts";
import { commandText } from "./wrangler-answers.ts";

// Not `d1 migrations list`: it makes its table where there is none, and a check changes nothing.
const APPLIED = "SELECT name FROM d1_migrations ORDER BY id";

/** The names of the applied migrations, or why they were not read. */
export async function appliedMigrations(
  target: Target,
  outside: Outside,
): Promise<readonly string[] | { reason: string }> {
  const read = await readRows(target, outside, [APPLIED]);
  if ("rows" in read) return (read.rows[0] ?? []).map(({ name }) => String(name));
  return /no such table: d1_migrations/.test(read.reason) ? [] : read;
}

/** The arguments that apply what is missing. Without a terminal wrangler applies without a question. */
export const migrateCommand = (target: Target): readonly string[] => [
  "d1",
  "migrations",
  "apply",
  target.database.name,
  "--remote",
  envArgument(target),
];

/** The migrations of this folder against those that the deployed database has, by name. */
export async function migrationsFinding(
  target: Target,
  outside: Outside,
): Promise<{ finding: Finding; whole: boolean }> {
  const what = "migrations";
  const applied = await appliedMigrations(target, outside);
  if ("reason" in applied) {
    return {
      whole: false,
      finding: notLookedAt(what, { found: applied.reason, fix: [commandText(queryCommand(target, APPLIED))] }),
    };
  }
  const lacking = target.migrations.filter((name) => !applied.includes(name));
  const ahead = applied.filter((name) => !target.migrations.includes(name));
  if (ahead.length > 0) {
    const found = `the database has ${ahead.join(", ")}, and this folder does not`;
    const words = {
      found,
      wanted: "the files that were applied",
      fix: ["check out the version that was deployed, or a later one"],
    };
    return { whole: false, finding: differs(what, words) };
  }
  if (lacking.length === 0) return { whole: true, finding: ok(what, `${applied.length} applied`) };
  const found = `${applied.length} of ${target.migrations.length} applied: ${lacking[0]} is the first that is not`;
  const fix = [`${deployCommand(target)}, or alone: ${commandText(migrateCommand(target))}`];
  return { whole: false, finding: missing(what, { found, wanted: "all applied", fix }) };
}
