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

test(
  "tables that are made anew keep each row, and what refers to them is right",
  () =>
    inTemporaryFolder(async (folder) => {
      const earlier = join(folder, "earlier");
      cpSync(MIGRATIONS, earlier, { recursive: true });
      for (const { name } of migrationFiles(earlier)) if (name >= MAKES_ANEW) rmSync(join(earlier, name));
      await inLocalState(join(folder, "state"), async ({ DB }) => {
        await migrate(DB, earlier);
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
        const before = await rows();
        expect(before.every((found) => (found?.length ?? 0) > 2)).toBe(true);
        await migrate(DB, MIGRATIONS);
        expect(await rows()).toEqual(before);
        expect((await DB.prepare("PRAGMA foreign_key_check").all()).results).toEqual([]);
        // A line without its checkout is refused as before.
        await expect(DB.prepare("DELETE FROM checkout_intents").run()).rejects.toThrow("FOREIGN KEY");
      });
    }),
  60_000,
);
