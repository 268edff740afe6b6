import { fillPlaceholders, getTableColumns, type InferInsertModel, type Placeholder, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database, Query } from "./database.ts";
import type { OwnedDatabase } from "./store.ts";

type Value = string | number | null;

/** What drizzle uses of a query in a batch: members that its types hide. */
interface Prepared {
  readonly stmt: D1PreparedStatement;
  getQuery(): { readonly sql: string; readonly params: unknown[] };
  mapResult(result: unknown, isFromBatch: boolean): unknown;
}

/**
 * A query whose SQL text drizzle makes once for a database, at the first use; each use only fills in its values. For a query
 * that reads one row, making the text takes more CPU than running it. `write` gets placeholders in place of its values and of
 * `ownerUserId`: it must put them into the query unread. It gets no clock, whose time would stay that of the first use.
 */
export function writtenOnce<
  Values extends readonly Value[],
  Rows,
  Store extends Pick<OwnedDatabase, "db"> = OwnedDatabase,
>(write: (store: Store, ...values: Values) => Query<Rows>): (store: Store, ...values: Values) => Query<Rows> {
  const prepared = new WeakMap<Database, Prepared>();
  const prepare = (db: Database, count: number): Prepared => {
    const found = prepared.get(db);
    if (found) return found;
    const store = { db, ownerUserId: placeholder("ownerUserId") };
    const values = Array.from({ length: count }, (_, place) => placeholder(String(place)));
    const query = write(store as unknown as Store, ...(values as unknown as Values));
    const made = (query as unknown as { _prepare(): Prepared })._prepare();
    prepared.set(db, made);
    return made;
  };
  return (store, ...values) => {
    const { ownerUserId } = store as Partial<OwnedDatabase>;
    const named: Record<string, Value> = Object.fromEntries(values.entries());
    if (ownerUserId !== undefined) named.ownerUserId = ownerUserId;
    return filled(prepare(store.db, values.length), named);
  };
}

type Row = Readonly<Record<string, Value | undefined>>;
type InsertOfTable = (store: Pick<OwnedDatabase, "db">, ...values: readonly Value[]) => Query;
const inserts = {
  always: new WeakMap<SQLiteTable, InsertOfTable>(),
  unlessTaken: new WeakMap<SQLiteTable, InsertOfTable>(),
};

/** The statement that adds a row to a table, defaults filled in; its SQL is written once for a table. */
export const insertRow = <T extends SQLiteTable>(
  store: Pick<OwnedDatabase, "db">,
  table: T,
  row: InferInsertModel<T>,
): Query => insertOf(table, "always")(store, ...valuesOfRow(table, row));

/** `insertRow` that adds nothing where a unique key of the row is taken. */
export const insertUnlessTaken = <T extends SQLiteTable>(
  store: Pick<OwnedDatabase, "db">,
  table: T,
  row: InferInsertModel<T>,
): Query => insertOf(table, "unlessTaken")(store, ...valuesOfRow(table, row));

function insertOf(table: SQLiteTable, how: keyof typeof inserts): InsertOfTable {
  const found = inserts[how].get(table);
  if (found) return found;
  const keys = Object.keys(getTableColumns(table));
  const made: InsertOfTable = writtenOnce(({ db }: Pick<OwnedDatabase, "db">, ...values: readonly Value[]) => {
    const insert = db.build.insert(table).values(Object.fromEntries(keys.map((key, place) => [key, values[place]])));
    return how === "unlessTaken" ? insert.onConflictDoNothing() : insert;
  });
  inserts[how].set(table, made);
  return made;
}

/** The values of a row in the order of the table's columns, with the default of each column that the row leaves out. */
export function valuesOfRow<T extends SQLiteTable>(table: T, row: InferInsertModel<T>): Value[] {
  const given = row as Row;
  return Object.entries(getTableColumns(table)).map(([key, { default: byDefault }]) => {
    const value = given[key];
    return value === undefined ? ((byDefault as Value | undefined) ?? null) : value;
  });
}

/** Drizzle takes a placeholder wherever it takes a value; its types tell the two apart. */
const placeholder = (name: string): Placeholder => sql.placeholder(name);

/** A prepared query with the values of one use. It can only be put into a batch. */
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
