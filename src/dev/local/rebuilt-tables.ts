import "./quiet.ts";
import { DatabaseSync } from "node:sqlite";

/** How one statement of a migration takes part in making a table anew. */
const COPIED = /^INSERT INTO (\w+) \(([^)]*)\)\s+SELECT ([^()]*?)\s+FROM (\w+)$/;
const RENAMED = /^ALTER TABLE (\w+) RENAME TO (\w+)$/;

/**
 * The tables that a migration makes anew with all their rows, and that old code finds as they were: the same columns, keys,
 * checks and unique indexes. `earlier` is the SQL of the migrations before it; `statements` are its own, without comments.
 */
export function rebuiltTables(earlier: string, statements: readonly string[]): ReadonlySet<string> {
  const copied = new Map<string, { readonly columns: string; readonly from: string }>();
  for (const statement of statements) {
    const [, to = "", columns = "", selected = "", from = ""] = COPIED.exec(statement) ?? [];
    if (namesIn(columns).join() === namesIn(selected).join()) copied.set(to, { columns, from });
  }
  const candidates = statements.flatMap((statement) => {
    const [, from = "", table = ""] = RENAMED.exec(statement) ?? [];
    const copy = copied.get(from);
    return copy?.from === table && statements.includes(`DROP TABLE ${table}`) ? [{ table, columns: copy.columns }] : [];
  });
  if (candidates.length === 0) return new Set();
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(earlier);
    const before = new Map(candidates.map(({ table }) => [table, factsOf(db, table)]));
    db.exec(statements.join(";\n"));
    const same = candidates.filter(({ table, columns }) => {
      const all = db.prepare(`SELECT name FROM pragma_table_info('${table}')`).all() as { name: string }[];
      const isWhole =
        namesIn(columns).toSorted().join() ===
        all
          .map(({ name }) => name)
          .sort()
          .join();
      return isWhole && factsOf(db, table) === before.get(table);
    });
    return new Set(same.map(({ table }) => table));
  } finally {
    db.close();
  }
}

const namesIn = (list: string) => list.split(",").map((name) => name.trim());

/** What old code meets of a table, as one text. */
function factsOf(db: DatabaseSync, table: string): string {
  const rows = (sql: string) => db.prepare(sql).all(table) as Record<string, unknown>[];
  const [made] = rows("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?");
  const checks = Array.from(String(made?.sql).matchAll(/CONSTRAINT (\w+ CHECK .*?),?$/gm), ([, check]) => check);
  const unique = rows('SELECT name FROM pragma_index_list(?) WHERE "unique" = 1').map(({ name }) =>
    db
      .prepare("SELECT name FROM pragma_index_info(?) ORDER BY seqno")
      .all(String(name))
      .map((one) => one.name)
      .join(),
  );
  return JSON.stringify({
    columns: rows('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)'),
    references: rows('SELECT "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?)')
      .map((reference) => JSON.stringify(reference))
      .sort(),
    checks: checks.sort(),
    unique: unique.sort(),
  });
}
