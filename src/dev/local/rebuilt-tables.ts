import "./quiet.ts";
import { DatabaseSync } from "node:sqlite";

/** How the rows of one table come into another. */
const COPIED = /^INSERT INTO (\w+) \(([^)]*)\)\s+SELECT ([^()]*?)\s+FROM (\w+)$/;

/**
 * The tables that a migration makes anew, and that old code finds as they were: with the same columns, keys, checks, unique
 * indexes and triggers. Their rows wait in a table that is dropped at the end. They return after the old table is dropped:
 * SQLite then counts the references to them as satisfied. `earlier` is the SQL of the migrations before; `statements` are the
 * migration's own, without comments. The answer has the tables in which rows waited, too.
 */
export function rebuiltTables(earlier: string, statements: readonly string[]): ReadonlySet<string> {
  const copies = statements.flatMap((statement, at) => {
    const [, to = "", columns = "", selected = "", from = ""] = COPIED.exec(statement) ?? [];
    return to !== "" && namesIn(columns).join() === namesIn(selected).join() ? [{ at, to, from, columns }] : [];
  });
  const dropped = (table: string) => statements.indexOf(`DROP TABLE ${table}`);
  const candidates = copies.flatMap((out) => {
    const back = copies.find(({ to, from, columns }) => to === out.from && from === out.to && columns === out.columns);
    const inOrder = [out.at, dropped(out.from), back?.at ?? -1, dropped(out.to)];
    const isInOrder = inOrder.every((step, place) => step > (inOrder[place - 1] ?? -1));
    return isInOrder ? [{ table: out.from, waited: out.to, columns: out.columns }] : [];
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
    return new Set(same.flatMap(({ table, waited }) => [table, waited]));
  } finally {
    db.close();
  }
}

const namesIn = (list: string) => list.split(",").map((name) => name.trim());
const sorted = (names: readonly string[]) => [...names].sort().join("\n");

/** What old code meets of a table, as one text. Whether rows have ids of SQLite's own makes no difference to it. */
function factsOf(db: DatabaseSync, table: string): string {
  const rows = (sql: string) => db.prepare(sql).all(table) as Record<string, unknown>[];
  const others = rows(
    `SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND (type = 'trigger' OR sql LIKE 'CREATE UNIQUE INDEX %') ORDER BY name`,
  );
  const [made] = rows("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?");
  const checks = String(made?.sql)
    .split("\n")
    .filter((line) => /\bCHECK\b|\bCOLLATE\b|\bUNIQUE\b/i.test(line));
  return JSON.stringify({
    columns: rows('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)'),
    references: sorted(
      rows('SELECT "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?)').map((reference) =>
        JSON.stringify(reference),
      ),
    ),
    checks: sorted(checks.map((line) => line.trim().replace(/,$/, ""))),
    others,
  });
}
