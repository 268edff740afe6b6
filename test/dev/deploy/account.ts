import { appendFileSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import Stripe from "stripe";
import { HANDLED_EVENT_TYPES } from "../../../src/db/schema/vocabulary.ts";
import type { Outside, Ran, RunOptions } from "../../../src/dev/deploy/outside.ts";
import { readTarget, type Target } from "../../../src/dev/deploy/target.ts";
import { migrationFiles } from "../../../src/dev/local/released-migrations.ts";
import { ROOT } from "../../../src/dev/local/root.ts";
import { seedStatements } from "../../../src/dev/seeds/seed-statements.ts";
import { sqlText } from "../../../src/dev/seeds/sql-text.ts";

/*
 * An account at Cloudflare, one at Stripe, and the deployed server, as answers. No test reaches one: each shape below names
 * its source. "wrangler" is node_modules/wrangler/wrangler-dist/cli.js of 4.155.0, with the file of its source in brackets.
 */

export const NOW = Date.parse("2026-11-29T12:00:00Z");
export const ORIGIN = "https://shop.bumpgrade.dev";
export const DATABASE_ID = "5f1c6a52-8f0e-4d0c-9a43-1d2f0a7c9b11";
export const NAMESPACE_ID = "0f2ac74b498b48028cb68387c421e279";
export const VERSION = "7c1f3bb0-6c6f-4a6e-9b52-0a2f7f0f0a01";
export const NEXT_VERSION = "9d0e4c1a-55d4-4f0d-8d0e-3b1a2c4d5e6f";
const MIGRATIONS = join(ROOT, "migrations");

/** What wrangler.toml has when a person filled it in. `edit` spoils it. */
export function filledIn(edit: (toml: string) => string = (toml) => toml): string {
  const toml = readFileSync(join(ROOT, "wrangler.toml"), "utf8")
    .replace("https://commerce.example.com", ORIGIN)
    .replace("https://commerce-staging.example.com", STAGING.origin)
    .replace("routes = []", `routes = [{ pattern = "${new URL(STAGING.origin).hostname}", custom_domain = true }]`)
    .replace("00000000-0000-0000-0000-000000000000", DATABASE_ID)
    .replace("00000000-0000-0000-0000-000000000000", STAGING.databaseId)
    .replace(/"0{32}"/, `"${NAMESPACE_ID}"`)
    .replace(/"0{32}"/, `"${STAGING.namespaceId}"`);
  return edit(`routes = [{ pattern = "${new URL(ORIGIN).hostname}", custom_domain = true }]\n${toml}`);
}

/** The target of a wrangler.toml, in a folder of its own that has today's migrations. */
export function targetOf(toml: string = filledIn(), env?: string): Target {
  const folder = mkdtempSync(join(tmpdir(), "commerce-target-"));
  writeFileSync(join(folder, "wrangler.toml"), toml);
  symlinkSync(MIGRATIONS, join(folder, "migrations"));
  return readTarget(env, folder);
}

export const printed = (stdout: string): Ran => ({ code: 0, stdout: `${stdout}\n`, stderr: "" });
export const json = (value: unknown): Ran => printed(JSON.stringify(value, null, 2));
/** wrangler [src/core/handle-errors.ts, logger]: an error of Cloudflare's API, without colours. */
export const refused = (path: string, note: string): Ran => ({
  code: 1,
  stdout: "",
  stderr: `\n✘ [ERROR] A request to the Cloudflare API (${path}) failed.\n\n  ${note}\n  \n  If you think this is a bug, please open an issue at: https://github.com/cloudflare/workers-sdk/issues/new/choose\n\n`,
});
/** wrangler [same]: an error of its own. */
export const failed = (words: string): Ran => ({ code: 1, stdout: "", stderr: `\n✘ [ERROR] ${words}\n\n` });

/** An answer to a command, in place of the account's own. */
type Answer = Ran | ((args: readonly string[], options: RunOptions) => Ran);

/** A played account: what it was asked, and its database. */
export interface Played extends Outside {
  readonly commands: string[];
  readonly urls: string[];
  readonly waits: number[];
  readonly db: DatabaseSync;
}

/**
 * An account in which everything is as wanted, and a Worker that was deployed ten minutes ago. `commands` are answers to
 * commands that start with these words, `urls` to addresses.
 */
export function played(
  target: Target,
  other: {
    commands?: Readonly<Record<string, Answer>>;
    urls?: Readonly<Record<string, () => Response>>;
    env?: Readonly<Record<string, string>>;
    /** The database is there and empty. */
    empty?: boolean;
  } = {},
): Played {
  const db = new DatabaseSync(":memory:");
  if (!other.empty) {
    applyMigrations(db);
    db.exec(sqlText(seedStatements(target.business, NOW)));
  }
  const commands: string[] = [];
  const urls: string[] = [];
  const waits: number[] = [];
  const answers = Object.entries({ ...usualAnswers(target, db), ...other.commands });
  const pages = { ...usualPages(target), ...other.urls };
  return {
    commands,
    urls,
    waits,
    db,
    env: other.env ?? { STRIPE_SECRET_KEY_SANDBOX: "sk_test_canary0000000000000000000" },
    now: () => NOW,
    wait: async (milliseconds) => {
      waits.push(milliseconds);
    },
    async run(args, options = {}) {
      const line = args.join(" ");
      commands.push(line);
      const [, answer] = answers.findLast(([words]) => line.startsWith(words)) ?? [];
      if (!answer) throw new Error(`no answer was recorded for: wrangler ${line}`);
      return typeof answer === "function" ? answer(args, options) : answer;
    },
    async fetch(url, init) {
      const key = `${init?.method === "POST" ? `${JSON.parse(String(init.body)).method} ` : ""}${url}`;
      urls.push(key);
      const page = pages[key];
      if (!page) throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ENOTFOUND" } });
      return page();
    },
  };
}

function applyMigrations(db: DatabaseSync): void {
  db.exec(
    "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
  );
  for (const { name, text } of migrationFiles(MIGRATIONS)) {
    db.exec(text);
    db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").run(name);
  }
}

function usualAnswers(target: Target, db: DatabaseSync): Record<string, Answer> {
  return {
    // wrangler [src/user/whoami.ts]
    "whoami --json": json({
      loggedIn: true,
      authType: "User API Token",
      email: "owner@bumpgrade.dev",
      accounts: [{ name: "Bumpgrade", id: "b1946ac92492d2347c6235b4d2611184" }],
    }),
    // wrangler [src/d1/list.ts, src/d1/types.ts]: the list of the API as it came.
    "d1 list --json": json([
      {
        uuid: DATABASE_ID,
        name: "commerce",
        created_at: "2026-11-01T08:00:00.000Z",
        version: "production",
        num_tables: 60,
        file_size: 1_048_576,
      },
      {
        uuid: STAGING.databaseId,
        name: "commerce-staging",
        created_at: "2026-11-01T08:00:00.000Z",
        version: "production",
        num_tables: 60,
        file_size: 1_048_576,
      },
    ]),
    // wrangler [src/kv/index.ts], cloudflare's Namespace
    "kv namespace list": json([
      { id: NAMESPACE_ID, title: "OAUTH_KV", supports_url_encoding: true },
      { id: STAGING.namespaceId, title: "staging-OAUTH_KV", supports_url_encoding: true },
    ]),
    // wrangler [src/r2/bucket.ts]
    "r2 bucket info": json({
      name: target.bucket,
      created: "2026-11-01T08:00:00.000Z",
      location: "EEUR",
      default_storage_class: "Standard",
      object_count: "3",
      bucket_size: "12.4 kB",
    }),
    // wrangler [src/r2/public-dev-url.ts]
    "r2 bucket dev-url get": printed("Public access via the r2.dev URL is disabled."),
    // wrangler [src/r2/domain.ts]
    "r2 bucket domain list": printed(
      `Listing custom domains connected to bucket '${target.bucket}'...\nThere are no custom domains connected to this bucket.`,
    ),
    // wrangler [src/secret/index.ts]
    "secret list": json(
      ["SERVER_SECRET", "STRIPE_SECRET_KEY_SANDBOX", "STRIPE_WEBHOOK_SECRET_SANDBOX"].map((name) => ({
        name,
        type: "secret_text",
      })),
    ),
    // wrangler [src/versions/deployments/status.ts, src/versions/types.ts ApiDeployment]
    "deployments status": json({
      id: "3a1e6a4c-0c3f-4b62-a3a0-0d6d31c9b8aa",
      source: "wrangler",
      strategy: "percentage",
      author_email: "owner@bumpgrade.dev",
      created_on: new Date(NOW - 600_000).toISOString(),
      versions: [{ version_id: VERSION, percentage: 100 }],
    }),
    // wrangler [src/versions/view.ts, src/versions/types.ts ApiVersion]; the bindings as convertWorkerMetadataBindingsToFlatBindings reads them.
    "versions view": json(version(target)),
    // wrangler [src/d1/execute.ts executeRemotely]: the API's list of QueryResult
    "d1 execute": (args) => query(db, args),
    // wrangler [src/d1/migrations/apply.ts]: a table for each migration; only its end is of use.
    "d1 migrations apply": () => {
      const before = db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'd1_migrations'").get();
      if (before?.n === 0) applyMigrations(db);
      return printed("✅ No migrations to apply!");
    },
    // wrangler [deploy-helpers/src/deploy/deploy.ts, src/output.ts]: the report goes to WRANGLER_OUTPUT_FILE_PATH.
    "deploy --": (args, { reportTo }) => {
      if (args.includes("--dry-run"))
        return printed("Total Upload: 2048.00 KiB / gzip: 500.00 KiB\n--dry-run: exiting now.");
      if (!reportTo) throw new Error("the deploy has no report");
      const entry = {
        type: "deploy",
        version: 1,
        worker_name: target.worker,
        worker_tag: "t",
        version_id: NEXT_VERSION,
        targets: [],
      };
      appendFileSync(
        reportTo,
        `${JSON.stringify({ type: "wrangler-session", version: 1 })}\n${JSON.stringify(entry)}\n`,
      );
      return printed(`Current Version ID: ${NEXT_VERSION}`);
    },
  };
}

/** The second environment. */
export const STAGING = {
  origin: "https://shop-staging.bumpgrade.dev",
  databaseId: "aa1c6a52-8f0e-4d0c-9a43-1d2f0a7c9b22",
  namespaceId: "aa2ac74b498b48028cb68387c421e200",
};

/** A version whose bindings are those of the target. */
export function version({ config, settings }: Target): { resources: { bindings: Record<string, unknown>[] } } {
  const vars = { ...config.vars, ...settings };
  return {
    ...{ id: VERSION, number: 4, metadata: { created_on: "2026-11-29T11:50:00Z", source: "wrangler" } },
    resources: {
      ...{ script: { etag: "e", handlers: ["fetch", "scheduled"] }, script_runtime: { usage_model: "standard" } },
      bindings: [
        ...Object.entries(vars).map(([name, text]) => ({ type: "plain_text", name, text })),
        { type: "secret_text", name: "SERVER_SECRET" },
        ...config.d1_databases.map(({ binding, database_id }) => ({ type: "d1", name: binding, id: database_id })),
        ...config.kv_namespaces.map(({ binding, id }) => ({ type: "kv_namespace", name: binding, namespace_id: id })),
        ...config.r2_buckets.map(({ binding, bucket_name }) => ({ type: "r2_bucket", name: binding, bucket_name })),
        ...config.ratelimits.map((limit) => ({ type: "ratelimit", ...limit })),
        ...config.send_email.map(({ name }) => ({ type: "send_email", name })),
      ],
    },
  };
}

function query(db: DatabaseSync, args: readonly string[]): Ran {
  const after = (name: string) => args[args.indexOf(name) + 1] ?? "";
  try {
    if (args.includes("--file")) {
      // wrangler: a file answers one summary. D1 takes it whole or not at all.
      db.exec(`BEGIN; ${readFileSync(after("--file"), "utf8")} COMMIT;`);
      return json([{ results: [{ "Total queries executed": 97 }], success: true, finalBookmark: "0000", meta: {} }]);
    }
    const results = after("--command")
      .split("; ")
      .map((sql) => ({ results: db.prepare(sql).all(), success: true, meta: { duration: 0.2, rows_read: 1 } }));
    return json(results);
  } catch (error) {
    // wrangler [src/d1/execute.ts]: an APIError as `{ error }` on standard output, its notes with the code of D1.
    const note = { text: `${error instanceof Error ? error.message : ""}: SQLITE_ERROR [code: 7500]` };
    const text = `A request to the Cloudflare API (/accounts/b19/d1/database/${DATABASE_ID}/query) failed.`;
    return { ...json({ error: { text, notes: [note], kind: "error", name: "APIError", code: 7500 } }), code: 1 };
  }
}

/** An endpoint as stripe's types have it (`WebhookEndpoint`); "secret" comes at its creation alone. */
export const endpoint = (other: Partial<Stripe.WebhookEndpoint> = {}): Stripe.WebhookEndpoint =>
  ({
    id: "we_1SandboxOfTheShop00000000",
    object: "webhook_endpoint",
    api_version: Stripe.API_VERSION,
    application: null,
    created: 1_790_000_000,
    description: null,
    enabled_events: [...HANDLED_EVENT_TYPES],
    livemode: false,
    metadata: {},
    status: "enabled",
    url: `${ORIGIN}/api/stripe/webhook`,
    ...other,
  }) satisfies Stripe.WebhookEndpoint;

export const ENDPOINTS_URL = "https://api.stripe.com/v1/webhook_endpoints?limit=100";
/** Stripe's list of endpoints. */
export const endpoints = (...data: Stripe.WebhookEndpoint[]): Response =>
  Response.json({ object: "list", url: "/v1/webhook_endpoints", has_more: false, data });

// The answers of our own server; test/e2e/deploy.node.test.ts asks the real one the same questions.
function usualPages({ publicUrl, business }: Target): Record<string, () => Response> {
  return {
    [ENDPOINTS_URL]: () => endpoints(endpoint({ url: `${publicUrl}/api/stripe/webhook` })),
    [`${publicUrl}/health`]: () => Response.json({ status: "ok" }),
    [`${publicUrl}/.well-known/oauth-protected-resource/mcp`]: () => Response.json({ resource: `${publicUrl}/mcp` }),
    [`${publicUrl}/commerce/source-data`]: () => Response.json({ id: business.files.business.name }),
    [`initialize ${publicUrl}/mcp/public`]: () =>
      new Response(
        `event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id: 1, result: { serverInfo: { name: "commerce" } } })}\n\n`,
      ),
    [`tools/list ${publicUrl}/mcp/public`]: () =>
      Response.json({ jsonrpc: "2.0", id: 2, result: { tools: [{ name: "read_commerce" }] } }),
  };
}
