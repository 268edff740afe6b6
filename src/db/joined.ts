import { type GetColumnData, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";

type Joined<T extends SQLiteTable> = {
  [K in keyof T["_"]["columns"]]: SQL.Aliased<GetColumnData<T["_"]["columns"][K]>>;
};

/**
 * A table's columns under prefixed names, for a select over several tables.
 * A D1 batch hands rows back as objects, so two columns of one name would become one and shift all that follow.
 */
export function joined<T extends SQLiteTable>(table: T, prefix: string): Joined<T> {
  const entries = Object.entries<SQLiteColumn>(getTableColumns(table) as Record<string, SQLiteColumn>);
  const renamed = entries.map(([key, column]) => [key, sql`${column}`.mapWith(column).as(`${prefix}_${column.name}`)]);
  // The same keys as the table's columns, each with its column's type.
  return Object.fromEntries(renamed) as Joined<T>;
}

/** The joined row of a left join; undefined where there was none, since every column of it is null then. */
export function ifJoined<T extends { id: unknown }>(row: T | null): T | undefined {
  return row && row.id !== null ? row : undefined;
}
