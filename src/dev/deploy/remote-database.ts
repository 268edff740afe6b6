import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CatalogDatabase } from "../catalog/database.ts";
import { inTemporaryFolder } from "../local/in-temporary-folder.ts";
import { ScriptError } from "../local/run-script.ts";
import { sqlText } from "../seeds/sql-text.ts";
import type { StoredRow } from "../seeds/statement.ts";
import type { Outside } from "./outside.ts";
import { envArgument, type Target } from "./target.ts";
import { jsonOf, reasonOf } from "./wrangler-answers.ts";

/** A row as D1 answers it: numbers, texts and nulls. */
export type Row = Readonly<Record<string, unknown>>;

/** The rows of each statement, or why they were not read. */
export type Rows = { readonly rows: readonly (readonly Row[])[] } | { readonly reason: string };

/** The arguments that run statements on the database of a target. With `--json` wrangler asks nothing. */
export const queryCommand = (target: Target, sql: string): readonly string[] => [
  "d1",
  "execute",
  target.database.name,
  "--remote",
  "--json",
  envArgument(target),
  "--command",
  sql,
];

/** Reads rows of the deployed database. `sql` holds SELECTs alone. */
export async function readRows(target: Target, { run }: Outside, sql: readonly string[]): Promise<Rows> {
  const ran = await run(queryCommand(target, sql.join("; ")));
  const answers = jsonOf(ran);
  if (ran.code !== 0 || !Array.isArray(answers)) return { reason: reasonOf(ran) };
  return { rows: (answers as { results?: readonly Row[] }[]).map(({ results }) => results ?? []) };
}

/**
 * The deployed database, for the catalog. Wrangler uploads a file to D1's import, which takes it whole or returns the
 * database to its state of before (wrangler's `d1 execute --remote --file` says so at each run; a file with its own BEGIN
 * is refused).
 */
export function deployedDatabase(target: Target, outside: Outside): CatalogDatabase {
  return {
    async read(selects) {
      const read = await readRows(target, outside, selects);
      if ("reason" in read) throw new ScriptError(read.reason);
      // D1 has no other values in the columns of the catalog.
      return read.rows as readonly (readonly StoredRow[])[];
    },
    run: (statements) =>
      inTemporaryFolder(async (folder) => {
        const file = join(folder, "catalog.sql");
        writeFileSync(file, sqlText(statements));
        const ran = await outside.run(fileCommand(target, file));
        if (ran.code !== 0) {
          throw new ScriptError(`Nothing was changed, since D1 takes a file whole or not at all: ${reasonOf(ran)}`);
        }
      }),
  };
}

/** The arguments that run a file of SQL on the database of a target. */
export const fileCommand = (target: Target, file: string): readonly string[] => [
  "d1",
  "execute",
  target.database.name,
  "--remote",
  "--yes",
  "--json",
  envArgument(target),
  "--file",
  file,
];
