import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { getPlatformProxy } from "wrangler";
import { persistFolder, SANDBOX_FOLDER, SERVER_CONFIG } from "../../../src/dev/local/databases.ts";
import { migrate } from "../../../src/dev/local/migrate.ts";
import { freePort } from "../../../src/dev/local/ports.ts";
import { ROOT } from "../../../src/dev/local/root.ts";

const WORKERS = {
  server: { configPath: SERVER_CONFIG, binding: "DB", migrations: join(ROOT, "migrations") },
  sandbox: {
    configPath: join(SANDBOX_FOLDER, "wrangler.toml"),
    binding: "SANDBOX_DB",
    migrations: join(SANDBOX_FOLDER, "migrations"),
  },
} as const;
type Worker = keyof typeof WORKERS;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "old-state-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

/** Opens a Worker's database as its next start will find it. */
async function inDatabase(worker: Worker, use: (db: D1Database) => Promise<unknown>): Promise<void> {
  const { configPath, binding } = WORKERS[worker];
  const { env, dispose } = await getPlatformProxy<Record<string, D1Database>>({
    configPath,
    persist: { path: join(persistFolder(join(folder, "state"), worker), "v3") },
    envFiles: [],
    remoteBindings: false,
  });
  try {
    await use(env[binding] as D1Database);
  } finally {
    await dispose();
  }
}

/** Migrations of another day, in a folder of their own. */
function otherMigrations(): string {
  const other = join(folder, "migrations");
  mkdirSync(other);
  writeFileSync(join(other, "0001_of_another_day.sql"), "CREATE TABLE kept (word TEXT NOT NULL) STRICT;\n");
  return other;
}

/** What `npm run dev` does once it has read its options, in a process of its own and on this test's state. */
async function start(): Promise<{ code: unknown; out: string; err: string }> {
  const wish = { state: join(folder, "state"), port: await freePort(), sandboxPort: await freePort() };
  const script = join(folder, "start.mjs");
  writeFileSync(
    script,
    `import { startLocalServer } from ${JSON.stringify(join(ROOT, "src", "dev", "local", "server.ts"))};
    import { runScript } from ${JSON.stringify(join(ROOT, "src", "dev", "local", "run-script.ts"))};
    await runScript(async () => void (await startLocalServer(${JSON.stringify(wish)})));`,
  );
  return new Promise((resolve) => {
    execFile(process.execPath, [script], { cwd: ROOT }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out, err }),
    );
  });
}

test.each(["server", "sandbox"] as const)(
  "a start on an old database of the %s asks for dev:reset and changes nothing",
  async (worker) => {
    await inDatabase(worker, async (db) => {
      await migrate(db, otherMigrations());
      await db.exec("INSERT INTO kept (word) VALUES ('still here')");
    });

    expect(await start()).toEqual({
      code: 1,
      out: "",
      err: "The local state was made from other migrations than the files of today (0001_of_another_day.sql differs). Clear it, then start again: npm run dev:reset\n",
    });

    await inDatabase(worker, async (db) => {
      expect((await db.prepare("SELECT word FROM kept").all()).results).toEqual([{ word: "still here" }]);
      expect((await db.prepare("SELECT name FROM d1_migrations").all()).results).toEqual([
        { name: "0001_of_another_day.sql" },
      ]);
    });
  },
);

test.each(["server", "sandbox"] as const)(
  "the database of the %s takes its files once, and an edited one is told",
  async (worker) => {
    const { migrations } = WORKERS[worker];
    await inDatabase(worker, async (db) => {
      const applied = async () => (await db.prepare("SELECT id, name FROM d1_migrations ORDER BY id").all()).results;
      await migrate(db, migrations);
      const first = await applied();
      expect(first.length).toBeGreaterThan(0);
      await migrate(db, migrations);
      expect(await applied()).toEqual(first);
      await db.exec("UPDATE local_migration_digests SET digest = 'of another text'");
      await expect(migrate(db, migrations)).rejects.toThrow("npm run dev:reset");
    });
  },
);
