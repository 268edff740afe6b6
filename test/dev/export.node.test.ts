import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { prepareServer } from "../../src/dev/local/databases.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { businessFromFolder } from "../../src/dev/seeds/folder.ts";

const folder = mkdtempSync(join(tmpdir(), "export-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
const at = (...names: string[]) => join(folder, ...names);

/** Runs wrangler beside one of two databases of the same name. */
const wrangler = (database: "old" | "new", ...args: string[]) =>
  new Promise<{ code: unknown; out: string }>((resolve) => {
    const script = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");
    const config = ["--local", "--config", at(database, "wrangler.toml")];
    execFile(process.execPath, [script, "d1", ...args, ...config], { cwd: folder }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out: out + err }),
    );
  });

/** The command of OPERATING.md that puts an export into an order in which it can be imported. */
function reorderCommand(): string {
  const [command] = /^\{ awk [\s\S]*? > restore\.sql$/m.exec(readFileSync(join(ROOT, "OPERATING.md"), "utf8")) ?? [];
  if (!command) throw new Error("OPERATING.md has no command that reorders an export");
  return command;
}

test("an export is imported into an empty database, and is then the same, with every trigger", {
  timeout: 90_000,
}, async () => {
  await prepareServer({
    state: at("state"),
    business: businessFromFolder(),
    publicUrl: "http://localhost:8410",
    serverSecret: "a-secret-of-this-test-a-secret-of-this-1",
    story: true,
  });
  for (const database of ["old", "new"]) {
    mkdirSync(at(database));
    writeFileSync(
      at(database, "wrangler.toml"),
      `name = "x"\ncompatibility_date = "2026-10-23"\n[[d1_databases]]\nbinding = "DB"\ndatabase_name = "commerce"\ndatabase_id = "00000000-0000-0000-0000-000000000000"\n`,
    );
  }
  cpSync(at("state", "server", "v3"), at("old", ".wrangler", "state", "v3"), { recursive: true });

  expect(await wrangler("old", "export", "commerce", "--output", at("backup.sql"))).toMatchObject({ code: 0 });
  // As it is, the export fills tables before the ones that they refer to are made.
  const asItIs = await wrangler("new", "execute", "commerce", "--file", at("backup.sql"), "-y");
  expect(asItIs).toMatchObject({ code: 1, out: expect.stringContaining("no such table: main.checkout_intents") });

  execFileSync("sh", ["-c", reorderCommand()], { cwd: folder });
  const imported = await wrangler("new", "execute", "commerce", "--file", at("restore.sql"), "-y");
  expect(imported, imported.out).toMatchObject({ code: 0 });
  expect(await wrangler("new", "export", "commerce", "--output", at("again.sql"))).toMatchObject({ code: 0 });
  const exported = readFileSync(at("backup.sql"), "utf8");
  expect(readFileSync(at("again.sql"), "utf8")).toBe(exported);
  expect(exported).toContain('INSERT INTO "checkout_intents"');

  const migrations = readdirSync(join(ROOT, "migrations"))
    .filter((name) => name.endsWith(".sql"))
    .map((name) => readFileSync(join(ROOT, "migrations", name), "utf8"));
  const made = (what: string) =>
    migrations.flatMap((sql) => sql.match(new RegExp(`^CREATE ${what} `, "gm")) ?? []).length;
  expect(exported.match(/^CREATE TRIGGER /gm)).toHaveLength(made("TRIGGER"));
  // D1 exports no database that has a virtual table.
  expect([made("TRIGGER") > 10, made("VIRTUAL TABLE")]).toEqual([true, 0]);
  const refused = await wrangler("new", "execute", "commerce", "--command", "DELETE FROM payment_audit_events");
  expect(refused).toMatchObject({ code: 1, out: expect.stringContaining("append-only") });
});
