import { fillPlaceholders, getTableColumns, type InferInsertModel, type Placeholder, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database, Query } from "./database.ts";

/** What a query that is written once may use of a store. Not the clock: its time would stay that of the first use. */
interface Written {
  readonly db: Database;
  readonly ownerUserId: string;
}

type Value = string | number | null;

/** What drizzle asks of a query in a batch. Its types hide these members. */
interface Prepared {
  readonly stmt: D1PreparedStatement;
  getQuery(): { readonly sql: string; readonly params: unknown[] };
  mapResult(result: unknown, isFromBatch: boolean): unknown;
}

/**
 * A query whose SQL is written at its first use in an isolate, and filled with values at each use: writing it costs more
 * than all else that we do for a row. `write` is handed placeholders in the place of its values, so it must put them into
 * the query as they are, and must not look at them.
 */
export function writtenOnce<Values extends readonly Value[], Rows, Store extends Pick<Written, "db"> = Written>(
  write: (store: Store, ...values: Values) => Query<Rows>,
): (store: Store, ...values: Values) => Query<Rows> {
  const known = new WeakMap<Database, Prepared>();
  const prepare = (db: Database, count: number): Prepared => {
    const found = known.get(db);
    if (found) return found;
    const store = { db, ownerUserId: placeholder("ownerUserId") };
    const values = Array.from({ length: count }, (_, place) => placeholder(String(place)));
    const query = write(store as unknown as Store, ...(values as unknown as Values));
    const prepared = (query as unknown as { _prepare(): Prepared })._prepare();
    known.set(db, prepared);
    return prepared;
  };
  return (store, ...values) => {
    const { ownerUserId } = store as Partial<Written>;
    const named: Record<string, Value> = Object.fromEntries(values.entries());
    if (ownerUserId !== undefined) named.ownerUserId = ownerUserId;
    return filled(prepare(store.db, values.length), named);
  };
}

type Row = Readonly<Record<string, Value | undefined>>;
type InsertOfTable = (store: Pick<Written, "db">, ...values: readonly Value[]) => Query;
const inserts = {
  always: new WeakMap<SQLiteTable, InsertOfTable>(),
  unlessTaken: new WeakMap<SQLiteTable, InsertOfTable>(),
};

/** The statement that adds a row to a table, defaults filled in; its SQL is written once for a table. */
export const insertRow = <T extends SQLiteTable>(
  store: Pick<Written, "db">,
  table: T,
  row: InferInsertModel<T>,
): Query => insertOf(table, "always")(store, ...valuesOfRow(table, row));

/** `insertRow` that adds nothing where a unique key of the row is taken. */
export const insertUnlessTaken = <T extends SQLiteTable>(
  store: Pick<Written, "db">,
  table: T,
  row: InferInsertModel<T>,
): Query => insertOf(table, "unlessTaken")(store, ...valuesOfRow(table, row));

function insertOf(table: SQLiteTable, how: keyof typeof inserts): InsertOfTable {
  const found = inserts[how].get(table);
  if (found) return found;
  const keys = Object.keys(getTableColumns(table));
  const made: InsertOfTable = writtenOnce(({ db }: Pick<Written, "db">, ...values: readonly Value[]) => {
    const insert = db.build.insert(table).values(Object.fromEntries(keys.map((key, place) => [key, values[place]])));
    return how === "unlessTaken" ? insert.onConflictDoNothing() : insert;
  });
  inserts[how].set(table, made);
  return made;
}

/** The values of a row in the order of the table's columns. */
function valuesOfRow<T extends SQLiteTable>(table: T, row: InferInsertModel<T>): Value[] {
  const given = row as Row;
  return Object.entries(getTableColumns(table)).map(
    ([key, { default: byDefault }]) => given[key] ?? (byDefault as Value | undefined) ?? null,
  );
}

/** Drizzle takes a placeholder wherever it takes a value; its types tell the two apart. */
const placeholder = (name: string): Placeholder => sql.placeholder(name);

/** A query of a batch. It has no members by which it could be changed or run alone. */
function filled<Rows>(prepared: Prepared, values: Readonly<Record<string, Value>>): Query<Rows> {
  const { sql: text, params } = prepared.getQuery();
  const query = { sql: text, params: fillPlaceholders(params, values) };
  const own: Prepared = {
    stmt: prepared.stmt,
    getQuery: () => query,
    mapResult: (result, isFromBatch) => prepared.mapResult(result, isFromBatch),
  };
  return { _prepare: () => own } as unknown as Query<Rows>;
}
