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
