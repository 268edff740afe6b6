import type { World } from "./world.ts";

type Row = Record<string, string | number | null>;

/** Every row of a database at one time, as D1's Time Travel keeps it. */
export type Moment = Readonly<Record<string, readonly Row[]>>;

/** The rows of now. */
export async function momentOf({ db, all }: World): Promise<Moment> {
  const tables = await all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name <> 'd1_migrations'",
  );
  const results = await db.batch<Row>(tables.map(({ name }) => db.prepare(`SELECT * FROM ${name}`)));
  return Object.fromEntries(tables.map(({ name }, index) => [name, results[index]?.results ?? []]));
}

/** Sets the whole database back, past its append-only triggers, in one transaction. KV, R2 and Stripe stay as they are. */
export async function travelTo({ db, all }: World, moment: Moment): Promise<void> {
  const triggers = await all<{ name: string; sql: string }>(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
  );
  const inserts = Object.entries(moment).flatMap(([table, rows]) =>
    rows.map((row) => {
      const names = Object.keys(row);
      return db
        .prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`)
        .bind(...Object.values(row));
    }),
  );
  await db.batch([
    db.prepare("PRAGMA defer_foreign_keys = on"),
    ...triggers.map(({ name }) => db.prepare(`DROP TRIGGER ${name}`)),
    ...Object.keys(moment).map((table) => db.prepare(`DELETE FROM ${table}`)),
    ...inserts,
    ...triggers.map(({ sql }) => db.prepare(sql)),
  ]);
}
