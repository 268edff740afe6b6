import { getTableColumns, type InferSelectModel } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { isoTime } from "../base/time.ts";
import { declarationOf } from "./schema/declare.ts";

/**
 * The columns of a row that are declared public, under their wire names and in their published order, with instants
 * in ISO 8601. This is the allow-list of every resource: other columns never leave the server.
 */
export function publicRow<T extends SQLiteTable>(table: T, row: InferSelectModel<T>): Record<string, unknown> {
  const { visibility, instants } = declarationOf(table);
  const values = row as Record<string, unknown>;
  const shown = Object.entries(getTableColumns(table)).filter(([, column]) => visibility.get(column.name) === "public");
  return Object.fromEntries(
    shown.map(([key, column]) => {
      const value = values[key];
      return [key, instants.has(column.name) && typeof value === "number" ? isoTime(value) : value];
    }),
  );
}
