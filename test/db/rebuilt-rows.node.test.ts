import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createKeyring } from "../../src/base/keyring.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { inLocalState } from "../../src/dev/local/databases.ts";
import { inTemporaryFolder } from "../../src/dev/local/in-temporary-folder.ts";
import { migrate } from "../../src/dev/local/migrate.ts";
import { migrationFiles } from "../../src/dev/local/released-migrations.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { businessFromFolder, storyFromFolder } from "../../src/dev/seeds/folder.ts";
import { loadBusiness } from "../../src/dev/seeds/load.ts";
import { openLocalDatabase } from "../../src/dev/seeds/local-database.ts";
import { writeStory } from "../../src/dev/seeds/story/write-story.ts";

const MIGRATIONS = join(ROOT, "migrations");
const MAKES_ANEW = "0038_long_rows.sql";

/** What code meets of a table: columns, references, checks, and the indexes and triggers on it by their names. */
async function factsOf(db: D1Database, table: string) {
  const all = async (sql: string) => (await db.prepare(sql).bind(table).all<Record<string, unknown>>()).results;
  const [made] = await all("SELECT sql FROM sqlite_schema WHERE name = ?");
  const lines = String(made?.sql).split("\n");
  const others = await all(
    "SELECT name, sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL AND type <> 'table'",
  );
  const references = await all(
    'SELECT id, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?)',
  );
  const byId = Map.groupBy(references, ({ id }) => id);
  return {
    columns: await all("SELECT * FROM pragma_table_xinfo(?)"),
    references: [...byId.values()].map((pairs) => JSON.stringify(pairs.map(({ id: _, ...pair }) => pair))).sort(),
    checks: lines
      .filter((line) => line.includes("CHECK"))
      .map((line) => line.trim().replace(/,$/, ""))
      .sort(),
    isStrict: /\bSTRICT\b/.test(lines.at(-1) ?? ""),
    others: new Map(others.map(({ name, sql }) => [String(name), String(sql)])),
  };
}

test(
  "the tables that 0038 makes anew are as they were, and keep each row",
  () =>
    inTemporaryFolder(async (folder) => {
      /** A folder with the migrations up to that one. */
      const upTo = join(folder, "migrations");
      cpSync(MIGRATIONS, upTo, { recursive: true });
      for (const { name } of migrationFiles(upTo)) if (name > MAKES_ANEW) rmSync(join(upTo, name));
      const before0038 = join(folder, "before");
      cpSync(upTo, before0038, { recursive: true });
      rmSync(join(before0038, MAKES_ANEW));
      await inLocalState(join(folder, "state"), async ({ DB }) => {
        await migrate(DB, before0038);
        const business = businessFromFolder();
        await loadBusiness(DB, business, Date.now());
        const keyring = createKeyring(openSecrets(["rebuilt-rows-rebuilt-rows-rebuilt"]));
        await writeStory(
          openLocalDatabase(DB, "http://localhost"),
          business,
          storyFromFolder(business, "reference"),
          keyring,
        );
        const rows = async () => {
          const [operations, intents] = await DB.batch([
            DB.prepare("SELECT * FROM operations ORDER BY id"),
            DB.prepare("SELECT * FROM checkout_intents ORDER BY id"),
          ]);
          return [operations?.results, intents?.results];
        };
        const facts = async () => ({
          operations: await factsOf(DB, "operations"),
          checkout_intents: await factsOf(DB, "checkout_intents"),
        });
        const tables = await facts();
        const before = await rows();
        expect(before.every((found) => (found?.length ?? 0) > 2)).toBe(true);
        await migrate(DB, upTo);
        expect(await rows()).toEqual(before);
        tables.operations.others.delete("operations_status");
        const byStatus = tables.checkout_intents.others.get("checkout_intents_status") ?? "";
        tables.checkout_intents.others.set("checkout_intents_status", byStatus.replace(/\)$/, ", id)"));
        expect(await facts()).toEqual(tables);
        expect((await DB.prepare("PRAGMA foreign_key_check").all()).results).toEqual([]);
        // A line without its checkout is refused as before.
        await expect(DB.prepare("DELETE FROM checkout_intents").run()).rejects.toThrow("FOREIGN KEY");
      });
    }),
  60_000,
);
