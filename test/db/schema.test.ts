import { is, SQL } from "drizzle-orm";
import { getTableConfig, SQLiteSyncDialect, SQLiteTable, text } from "drizzle-orm/sqlite-core";
import { beforeAll, describe, expect, test } from "vitest";
import { attributionContract } from "../../src/commerce/affiliates/contracts.ts";
import { declareTable, pub, tableDeclarations } from "../../src/db/schema/declare.ts";
import * as schema from "../../src/db/schema/index.ts";
import { writes } from "../../tools/index.ts";
import reference from "../fixtures/reference-document.json" with { type: "json" };
import { migratedDatabase } from "../seeds/seeded-database.ts";

let binding: D1Database;
beforeAll(async () => {
  ({ binding } = await migratedDatabase());
});

const dialect = new SQLiteSyncDialect();
/** Every table that Drizzle declares; the guard is a view in the database, and is tested with its trigger. */
const tables = Object.values<unknown>(schema)
  .filter((value) => is(value, SQLiteTable))
  .map((table) => getTableConfig(table))
  .filter((table) => table.name !== "guard_code");

async function rowsOf<T>(sql: string, ...params: string[]): Promise<T[]> {
  return (
    await binding
      .prepare(sql)
      .bind(...params)
      .all<T>()
  ).results;
}

/** SQL with its spelling evened out: no quotes around names, no table before a column, one space, one case, sets in one order. */
function normal(sql: string, table: string): string {
  return sql
    .replaceAll(/["`]/g, "")
    .replaceAll(`${table}.`, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\( /g, "(")
    .replaceAll(/ \)/g, ")")
    .trim()
    .toLowerCase()
    .replaceAll(/ in \(([^()]*)\)/g, (_, words: string) => ` in (${words.split(", ").sort().join(", ")})`);
}

function sqlOf(value: SQL, table: string): string {
  const { sql, params } = dialect.sqlToQuery(value.inlineParams());
  expect(params).toEqual([]);
  return normal(sql, table);
}

/** A default as SQLite writes it. */
function defaultOf(value: unknown, table: string): string | null {
  if (value === undefined) return null;
  if (is(value, SQL)) return sqlOf(value, table);
  return typeof value === "string" ? `'${value}'` : String(value);
}

/** The named CHECKs of a table's own text. */
function checksOf(createTable: string, table: string): string[] {
  return Array.from(
    createTable.matchAll(/CONSTRAINT (\w+) CHECK \((.*)\),?$/gm),
    ([, name, condition]) => `${name}: ${normal(condition ?? "", table)}`,
  ).sort();
}

test("the database holds the declared tables, and no other", async () => {
  const found = await rowsOf<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf*' AND name NOT GLOB 'sqlite*' AND name <> 'd1_migrations' ORDER BY name",
  );
  expect(found.map(({ name }) => name)).toEqual(tables.map(({ name }) => name).sort());
});

describe.each(tables.map((table) => [table.name, table] as const))("%s", (name, table) => {
  test("has the declared columns: type, NOT NULL, default, order", async () => {
    const found = await rowsOf<{ name: string; type: string; notnull: number; dflt_value: string | null }>(
      `SELECT name, type, "notnull", dflt_value FROM pragma_table_info('${name}') ORDER BY cid`,
    );
    expect(
      found.map(({ name: column, type, notnull, dflt_value }) => [
        column,
        type.toLowerCase(),
        notnull === 1,
        dflt_value,
      ]),
    ).toEqual(
      table.columns.map((column) => [
        column.name,
        column.getSQLType(),
        column.notNull,
        defaultOf(column.default, name),
      ]),
    );
  });

  test("has the declared primary key", async () => {
    const found = await rowsOf<{ name: string }>(
      `SELECT name FROM pragma_table_info('${name}') WHERE pk > 0 ORDER BY pk`,
    );
    const own = table.columns.filter((column) => column.primary).map((column) => column.name);
    const composed = table.primaryKeys.flatMap((key) => key.columns.map((column) => column.name));
    expect(own.length === 0 || composed.length === 0).toBe(true);
    expect(found.map((column) => column.name)).toEqual([...own, ...composed]);
  });

  test("has the declared foreign keys", async () => {
    const found = await rowsOf<{
      id: number;
      table: string;
      from: string;
      to: string;
      on_delete: string;
      on_update: string;
    }>(
      `SELECT id, "table", "from", "to", on_delete, on_update FROM pragma_foreign_key_list('${name}') ORDER BY id, seq`,
    );
    const byId = Map.groupBy(found, (row) => row.id);
    const inDatabase = Array.from(byId.values(), (rows) => {
      const columns = rows.map(({ from, to }) => `${from}>${to}`).join();
      return `${rows[0]?.table}(${columns}) ${rows[0]?.on_delete} ${rows[0]?.on_update}`.toLowerCase();
    });
    const declared = table.foreignKeys.map((key) => {
      const { columns, foreignColumns, foreignTable } = key.reference();
      const pairs = columns.map((column, index) => `${column.name}>${foreignColumns[index]?.name}`).join();
      return `${getTableConfig(foreignTable).name}(${pairs}) ${key.onDelete ?? "no action"} ${key.onUpdate ?? "no action"}`;
    });
    expect(inDatabase.sort()).toEqual(declared.sort());
  });

  test("has the declared indexes, unique and other", async () => {
    const found = await rowsOf<{ name: string; unique: number; sql: string }>(
      `SELECT l.name, l."unique", s.sql FROM pragma_index_list('${name}') l JOIN sqlite_schema s ON s.name = l.name WHERE l.origin = 'c'`,
    );
    const inDatabase = found.map(
      (index) => `${index.name} ${index.unique} ${normal(index.sql.replace(/^.*? ON \w+ /, ""), name)}`,
    );
    const declared = table.indexes.map(({ config }) => {
      const columns = config.columns.map((column) =>
        is(column, SQL) ? sqlOf(column, name) : (column as { name: string }).name,
      );
      const where = config.where ? ` where ${sqlOf(config.where, name)}` : "";
      return `${config.name} ${config.unique ? 1 : 0} (${columns.join(", ")})${where}`;
    });
    const unique = table.columns
      .filter((column) => column.isUnique)
      .map((column) => `${column.uniqueName ?? `${name}_${column.name}_unique`} 1 (${column.name})`);
    expect(inDatabase.sort()).toEqual([...declared, ...unique].sort());
  });

  test("is STRICT and has the declared CHECKs", async () => {
    const [row] = await rowsOf<{ sql: string }>(
      "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?",
      name,
    );
    expect(row?.sql).toMatch(/\) STRICT(, WITHOUT ROWID)?$/);
    const declared = table.checks.map((check) => `${check.name}: ${sqlOf(check.value, name)}`);
    expect(checksOf(row?.sql ?? "", name)).toEqual(declared.sort());
    // No CHECK escapes the comparison by having no name.
    expect(row?.sql.match(/\bCHECK\b/gi)?.length ?? 0).toBe(declared.length);
  });
});

describe("visibility", () => {
  const declared = new Map(tableDeclarations().map((table) => [table.name, table]));

  test.each(reference.tables.map((entry) => [entry.table, entry] as const))(
    "%s is declared as it is published",
    (name, entry) => {
      const table = declared.get(name);
      expect(table?.published).toBe(true);
      expect(table?.publicFields).toEqual(entry.publicSafeFields);
      expect(table?.privateFields).toEqual(entry.serverPrivateFields);
      for (const field of entry.publicSafeFields) expect(table?.visibility.get(field)).toBe("public");
      for (const field of entry.serverPrivateFields) {
        const visibility = table?.visibility.get(field);
        // A private field that is a word of a column is one; the others are kinds of data without a column.
        if (/^[a-z0-9_]+$/.test(field)) expect(visibility, field).toBe("private");
        else expect(visibility, field).toBeUndefined();
      }
    },
  );

  test("no other table is published", () => {
    const published = [...declared.values()].filter((table) => table.published).map((table) => table.name);
    expect(published.sort()).toEqual(reference.tables.map((entry) => entry.table).sort());
  });

  test("every declared column is a column, and each says who may see it", () => {
    for (const table of tables) {
      const declaration = declared.get(table.name);
      if (declaration) expect([...declaration.visibility.keys()]).toEqual(table.columns.map((column) => column.name));
    }
  });

  test("a column without a declaration stops the start, and so does a table declared twice", () => {
    expect(() => declareTable("undeclared_column", { published: false }, { id: text("id") })).toThrow(
      "undeclared_column.id: declare the column with pub(), priv() or internal()",
    );
    expect(() => declareTable("commerce_products", { published: false }, { id: pub(text("id")) })).toThrow(
      "declared twice",
    );
  });

  test("contracts name tables that are there, and no public column as private", () => {
    for (const contract of [attributionContract, ...writes.map((write) => write.contract)]) {
      for (const name of contract.tables) expect(declared.has(name), `${contract.write}: ${name}`).toBe(true);
      for (const field of contract.serverPrivateFields) {
        for (const name of contract.tables) {
          expect(declared.get(name)?.visibility.get(field), `${contract.write}: ${name}.${field}`).not.toBe("public");
        }
      }
    }
  });
});
