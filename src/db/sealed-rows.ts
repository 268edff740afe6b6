import { getTableColumns, type InferInsertModel } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { Query } from "./database.ts";
import type { Store } from "./store.ts";
import { insertRow, valuesOfRow } from "./written-once.ts";

/** A row by its columns' names in the database. */
export type RowRecord = Readonly<Record<string, string | number | null>>;

/** A row of a sealed table to be written, and its hash for the audit row of the same commit. */
export interface SealedRow {
  readonly insert: Query;
  readonly rowSha256: string;
}

/** The statement that adds a row to a sealed table, with the row's hash. */
export async function sealedRow<T extends SQLiteTable>(
  store: Store,
  table: T,
  row: InferInsertModel<T>,
): Promise<SealedRow> {
  return { insert: insertRow(store, table, row), rowSha256: await rowSha256(recordOf(table, row)) };
}

/** A row as the database keeps it, its defaults filled in. */
export function recordOf<T extends SQLiteTable>(table: T, row: InferInsertModel<T>): RowRecord {
  const values = valuesOfRow(table, row);
  return Object.fromEntries(
    Object.values(getTableColumns(table)).map(({ name }, place) => [name, values[place] ?? null]),
  );
}

/** SHA-256 of a row's canonical JSON (RFC 8785), its columns without a value left out. */
export const rowSha256 = (row: RowRecord): Promise<string> => sha256(canonicalJson(valuesOf(row)));

/**
 * The columns that have a value. The others are left out of a hash, so that a column that a later version adds does not
 * change the hash of earlier rows.
 */
export const valuesOf = (row: RowRecord): RowRecord =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
