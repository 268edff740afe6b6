import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unstable_splitSqlQuery as splitSql } from "wrangler";
import { Told } from "./told.ts";

/** Wrangler's own record of what is applied, so that its commands agree afterwards. */
const RECORD = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;
/** Which text was applied: D1's record knows names only. */
const DIGESTS = "CREATE TABLE IF NOT EXISTS local_migration_digests (name TEXT PRIMARY KEY, digest TEXT NOT NULL)";

/**
 * Applies the migrations of a folder that a local database lacks, each in one transaction.
 * Throws when an applied one was edited since: the database is then another one than its files describe.
 */
export async function migrate(db: D1Database, folder: string): Promise<number> {
  await db.batch([db.prepare(RECORD), db.prepare(DIGESTS)]);
  const applied = await digestsIn(db);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  let count = 0;
  for (const name of files) {
    const sql = readFileSync(join(folder, name), "utf8");
    const digest = createHash("sha256").update(sql).digest("hex");
    const before = applied.get(name);
    if (before === digest) continue;
    if (before !== undefined) {
      throw new Told(`${name} was edited after it had been applied here. Clear the local state: npm run dev:reset`);
    }
    await db.batch([
      ...splitSql(sql).map((statement) => db.prepare(statement)),
      db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
      db.prepare("INSERT INTO local_migration_digests (name, digest) VALUES (?, ?)").bind(name, digest),
    ]);
    count++;
  }
  return count;
}

async function digestsIn(db: D1Database): Promise<Map<string, string>> {
  const { results } = await db
    .prepare("SELECT name, digest FROM local_migration_digests")
    .all<{ name: string; digest: string }>();
  return new Map(results.map(({ name, digest }) => [name, digest]));
}
