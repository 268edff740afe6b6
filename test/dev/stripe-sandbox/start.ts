import { readdir, readFile } from "node:fs/promises";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { sandboxClient } from "../../../src/dev/stripe-sandbox/client.ts";
import { NOW } from "../../support/now.ts";

const FOLDER = new URL("../../../src/dev/stripe-sandbox/", import.meta.url);

/** The key that a started sandbox accepts. */
export const SECRET_KEY = "sk_test_sandbox_0123456789";
/** Its live-mode twin. */
export const LIVE_KEY = "sk_live_sandbox_0123456789";
/** What it signs with. */
export const WEBHOOK_SECRET = "whsec_sandbox_0123456789";
/** What it signs the events of live mode with, when it is started so. */
export const LIVE_WEBHOOK_SECRET = "whsec_sandbox_live_0123456789";

/** Starts the real Worker on a socket, with an empty, migrated D1 in memory. */
export async function startSandbox({
  delivery = "manual",
  webhookUrl = "http://localhost:9/nobody",
  liveSecret = "",
} = {}) {
  const { outputFiles } = await build({
    entryPoints: [new URL("worker.ts", FOLDER).pathname],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
  });
  const bindings = {
    PUBLIC_URL: "http://sandbox.test",
    SECRET_KEYS: `${SECRET_KEY},${LIVE_KEY}`,
    WEBHOOK_URL: webhookUrl,
    WEBHOOK_SECRET,
    WEBHOOK_SECRET_LIVE: liveSecret,
    DELIVERY: delivery,
    CLOCK: new Date(NOW).toISOString(),
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: [{ type: "ESModule", path: "worker.js", contents: outputFiles[0]?.text ?? "" }],
      compatibilityDate: "2026-10-23",
      compatibilityFlags: ["nodejs_compat"],
      d1Databases: ["SANDBOX_DB"],
      bindings,
    }),
  );
  const url = await miniflare.ready;
  await migrate(await miniflare.getD1Database("SANDBOX_DB"));
  const fetcher = (path: string, init?: RequestInit) => fetch(new URL(path, url), { redirect: "manual", ...init });
  return { url, fetcher, control: sandboxClient(fetcher), stop: () => miniflare.dispose() };
}

async function migrate(db: Pick<D1Database, "prepare" | "batch">): Promise<void> {
  const folder = new URL("migrations/", FOLDER).pathname;
  for (const name of (await readdir(folder)).sort()) {
    const sql = await readFile(`${folder}${name}`, "utf8");
    const statements = sql
      .replaceAll(/^--.*$/gm, "")
      .split(/;\s*$/m)
      .filter((statement) => statement.trim() !== "");
    await db.batch(statements.map((statement) => db.prepare(statement)));
  }
}
