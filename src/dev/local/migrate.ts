import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unstable_splitSqlQuery as splitSql } from "wrangler";
import { type Migration, migrationsToApply } from "./migrations-to-apply.ts";
import { ScriptError } from "./run-script.ts";

/** Wrangler's own table of applied migrations: its commands find them applied too. */
const RECORD = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;
/** The digest of each applied text; wrangler's table has names only. */
const DIGESTS = "CREATE TABLE IF NOT EXISTS local_migration_digests (name TEXT PRIMARY KEY, digest TEXT NOT NULL)";

/**
 * Applies the migrations of a folder that a local database lacks, each in one transaction.
 * Throws a `ScriptError`, before any change, when the database was made from other files.
 */
export async function migrate(db: D1Database, folder: string): Promise<void> {
  await db.batch([db.prepare(RECORD), db.prepare(DIGESTS)]);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name), "utf8");
      return { name, sql, digest: createHash("sha256").update(sql).digest("hex") };
    });
  const standing = migrationsToApply(await appliedIn(db), files);
  if (standing.kind === "other") {
    throw new ScriptError(
      `The local state was made from other migrations than the files of today (${standing.differing} differs). Clear it, then start again: npm run dev:reset`,
    );
  }
  for (const { name, sql, digest } of files.filter((file) => standing.missing.includes(file.name))) {
    await db.batch([
      ...splitSql(sql).map((statement) => db.prepare(statement)),
      db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
      db.prepare("INSERT INTO local_migration_digests (name, digest) VALUES (?, ?)").bind(name, digest),
    ]);
  }
}

async function appliedIn(db: D1Database): Promise<Migration[]> {
  const { results } = await db
    .prepare("SELECT name, digest FROM d1_migrations LEFT JOIN local_migration_digests USING (name) ORDER BY id")
    .all<{ name: string; digest: string | null }>();
  return results;
}
