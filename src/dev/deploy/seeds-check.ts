import { type Comparison, compare, isSame } from "../catalog/compare.ts";
import { ScriptError } from "../local/run-script.ts";
import { seedStatements } from "../seeds/seed-statements.ts";
import { differs, type Finding, missing, notLookedAt, ok } from "./finding.ts";
import type { Outside } from "./outside.ts";
import { deployedDatabase } from "./remote-database.ts";
import { deployCommand, type Target } from "./target.ts";

/** The business in the deployed database against its files: rows that are missing, and rows that an `apply` would change. */
export async function seedsFinding(target: Target, outside: Outside): Promise<Finding> {
  const what = "business in the database";
  const rows = seedStatements(target.business, outside.now()).length;
  const wanted = `the ${rows} rows of ${target.folder}`;
  try {
    const comparison = await compare(deployedDatabase(target, outside), target.business, outside.now());
    if (!comparison.isLoaded) {
      const fix = [deployCommand(target)];
      return missing(what, { found: "the business is not loaded", wanted: `${rows} rows`, fix });
    }
    if (isSame(comparison)) return ok(what, `${rows} rows as in ${target.folder}`);
    return differs(what, { found: differencesIn(comparison), wanted, fix: [deployCommand(target)] });
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    return notLookedAt(what, { found: error.message, fix: [] });
  }
}

function differencesIn({ added, changed, leaving }: Comparison): string {
  return [
    ...countsOf("missing", added),
    ...countsOf("other", changed),
    ...countsOf("no longer in the files", leaving),
  ].join(", ");
}

function countsOf(word: string, rows: readonly { readonly table: string; readonly id: string }[]): string[] {
  return [...Map.groupBy(rows, ({ table }) => table)].map(([table, of]) => {
    const names = of.slice(0, 3).map(({ id }) => id);
    return `${word} in ${table}: ${names.join(", ")}${of.length > 3 ? ` and ${of.length - 3} more` : ""}`;
  });
}
