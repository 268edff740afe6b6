import { type SQL, sql } from "drizzle-orm";
import { type AnySQLiteColumn, check, integer, text } from "drizzle-orm/sqlite-core";

const instants = new WeakSet<object>();

/** An instant as epoch milliseconds, UTC; on the wire it is ISO 8601. */
export function instant(name: string) {
  const builder = integer(name);
  instants.add(builder);
  return builder;
}

export const isInstant = (builder: object): boolean => instants.has(builder);

/** The business a row belongs to; it leads every key, so that a business can be moved whole. */
export const ownerUserId = () => text("owner_user_id").notNull();

/** JSON that only the server reads. `{}` where there is nothing to say. */
export const metadataJson = () => text("metadata_json").notNull().default("{}");

/** `CHECK (column IN (…))` for a closed set of values. */
export function oneOf(name: string, column: AnySQLiteColumn, values: readonly string[]) {
  return check(name, isOneOf(column, values));
}

/** `column IN (…)` as a part of a CHECK. */
export const isOneOf = (column: AnySQLiteColumn, values: readonly string[]): SQL =>
  sql`${column} IN (${literals(values)})`;

/** `CHECK (column IN (0, 1))` for a flag. */
export function flag(name: string, column: AnySQLiteColumn) {
  return check(name, sql`${column} IN (0, 1)`);
}

/** DDL takes no bound parameters, so closed sets are spelled out; they hold only words of ours. */
function literals(values: readonly string[]): SQL {
  for (const value of values) if (!/^[a-z0-9_.]+$/i.test(value)) throw new Error(`not a word: ${value}`);
  return sql.raw(values.map((value) => `'${value}'`).join(", "));
}
