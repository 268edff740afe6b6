import { getTableColumns } from "drizzle-orm";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";

/** A statement with its values apart: it is bound to D1 or written as text. */
export interface Statement {
  readonly sql: string;
  readonly params: readonly Stored[];
}

/** A value as a database stores it. */
export type Stored = string | number | null;

/** A row by its columns. */
export type StoredRow = Readonly<Record<string, Stored>>;

/** A row that the seeds write, without its times. */
export interface SeedRow {
  readonly table: string;
  readonly key: StoredRow;
  /** All but the key. */
  readonly fields: StoredRow;
  /** A row that exists stays as it is. */
  readonly keepsExisting: boolean;
}

/** A statement of the catalog; it may be written as text for any database. */
export interface CatalogStatement extends Statement {
  readonly of: "catalog";
}

/** A statement that writes a row of the seeds. */
export interface SeedStatement extends CatalogStatement {
  readonly row: SeedRow;
}

/** A statement of a story or a development account; it is never written as text. */
export interface LocalStatement extends Statement {
  readonly of: "local";
}

type Insert<T extends SQLiteTable> = T["$inferInsert"];
type Timeless<T extends SQLiteTable> = Omit<Insert<T>, "createdAt" | "updatedAt">;

/**
 * Inserts a row or updates it. A row with the same values stays untouched; a changed one gets a later `updated_at`.
 */
export function upsert<T extends SQLiteTable>(table: T, values: Timeless<T>, now: number): SeedStatement {
  const { name, columns, key } = shapeOf(table);
  const own = boundValues(table, values);
  const times = ["created_at", "updated_at"]
    .filter((column) => columns.has(column))
    .map((column) => [column, now] as const);
  const all = [...own, ...times];
  const changing = own.map(([column]) => column).filter((column) => !key.includes(column));
  const sets = changing.map((column) => `${column} = excluded.${column}`);
  if (columns.has("updated_at")) sets.push(`updated_at = max(excluded.updated_at, ${name}.updated_at + 1)`);
  const differs = changing.map((column) => `${name}.${column} IS NOT excluded.${column}`).join(" OR ");
  const action = changing.length === 0 ? "NOTHING" : `UPDATE SET ${sets.join(", ")} WHERE ${differs}`;
  return {
    of: "catalog",
    sql: `${insertInto(name, all)} ON CONFLICT (${key.join(", ")}) DO ${action}`,
    params: all.map(([, value]) => value),
    row: rowOf(name, key, own, false),
  };
}

/** Inserts a row unless its key exists: later changes by people stay. */
export function insertMissing<T extends SQLiteTable>(table: T, values: Insert<T>): SeedStatement {
  const { name, key } = shapeOf(table);
  const all = boundValues(table, values);
  return {
    of: "catalog",
    sql: `${insertInto(name, all)} ON CONFLICT (${key.join(", ")}) DO NOTHING`,
    params: all.map(([, value]) => value),
    row: rowOf(name, key, all, true),
  };
}

/** Inserts a row that no file describes, as an entry of the audit. The statement fails when its key exists. */
export const insertNew = <T extends SQLiteTable>(table: T, values: Insert<T>): CatalogStatement => ({
  ...insertLocal(table, values),
  of: "catalog",
});

/** Inserts a row of a story. The statement fails when its key exists. */
export function insertLocal<T extends SQLiteTable>(table: T, values: Insert<T>): LocalStatement {
  const all = boundValues(table, values);
  return { of: "local", sql: insertInto(shapeOf(table).name, all), params: all.map(([, value]) => value) };
}

function rowOf(
  table: string,
  key: readonly string[],
  values: readonly (readonly [string, Stored])[],
  keepsExisting: boolean,
): SeedRow {
  const row = Object.fromEntries(values);
  return {
    table,
    key: Object.fromEntries(key.map((column) => [column, row[column] ?? null])),
    fields: Object.fromEntries(values.filter(([column]) => !key.includes(column))),
    keepsExisting,
  };
}

/** The name of a table, its columns, and those of its key. */
export function shapeOf(table: SQLiteTable) {
  const { name, columns, primaryKeys } = getTableConfig(table);
  const declared = primaryKeys[0]?.columns.map((column) => column.name);
  return {
    name,
    columns: new Set(columns.map((column) => column.name)),
    key: declared ?? columns.filter((column) => column.primary).map((column) => column.name),
  };
}

function insertInto(name: string, all: readonly (readonly [string, unknown])[]): string {
  return `INSERT INTO ${name} (${all.map(([column]) => column).join(", ")}) VALUES (${all.map(() => "?").join(", ")})`;
}

/** Column names with their values as the driver stores them: dates as milliseconds, flags as 0 or 1. */
function boundValues(table: SQLiteTable, values: object): (readonly [string, Stored])[] {
  const columns = getTableColumns(table);
  return Object.entries(values).map(([property, value]) => {
    const column = columns[property];
    if (!column) throw new Error(`${getTableConfig(table).name} has no ${property}`);
    return [column.name, bound(value === null ? null : column.mapToDriverValue(value), column.name)] as const;
  });
}

function bound(value: unknown, column: string): Stored {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new Error(`${column}: a value that cannot be stored`);
}
