import Stripe from "stripe";
import { expect, test } from "vitest";
import { HANDLED_EVENT_TYPES } from "../../../src/db/schema/vocabulary.ts";
import { check } from "../../../src/dev/deploy/check.ts";
import { type Finding, findingsText, isFault } from "../../../src/dev/deploy/finding.ts";
import type { Target } from "../../../src/dev/deploy/target.ts";
import {
  DATABASE_ID,
  ENDPOINTS_URL,
  endpoint,
  endpoints,
  failed,
  filledIn,
  json,
  NAMESPACE_ID,
  NOW,
  ORIGIN,
  type Played,
  played,
  printed,
  refused,
  targetOf,
  VERSION,
  version,
} from "./account.ts";

const faultsOf = (findings: readonly Finding[]) => findings.filter(isFault);
const PLACEHOLDER = "00000000-0000-0000-0000-000000000000";

test("an account in which everything is as wanted has no fault, and the check changes nothing", async () => {
  const target = targetOf();
  const outside = played(target);
  const before = outside.db.prepare("SELECT total_changes() AS n").get();
  const findings = await check(target, outside);
  expect(findings.filter(({ state }) => state !== "ok")).toEqual([]);
  expect(findings.map(({ what }) => what)).toEqual([
    "business",
    "address",
    "ids in wrangler.toml",
    "mode",
    "mail",
    "cron",
    "migration files",
    "account",
    "D1 database commerce",
    "KV namespace OAUTH_KV",
    "R2 bucket product-assets",
    "secret SERVER_SECRET",
    "secret STRIPE_SECRET_KEY_SANDBOX",
    "secret STRIPE_WEBHOOK_SECRET_SANDBOX",
    "deployed variables",
    "deployed bindings",
    "migrations",
    "business in the database",
    "scheduled run",
    "Stripe webhook sandbox",
    "outside: /health",
    "outside: /.well-known/oauth-protected-resource",
    "outside: /commerce/source-data",
    "outside: MCP initialize at /mcp/public",
    "outside: MCP tools/list at /mcp/public",
  ]);
  expect(outside.db.prepare("SELECT total_changes() AS n").get()).toEqual(before);
  const verbs = outside.commands.map((line) =>
    line.replace(/ --command SELECT [\s\S]*/, "").replaceAll(/ --?\S+/g, ""),
  );
  expect([...new Set(verbs)]).toEqual([
    "whoami",
    "d1 list",
    "kv namespace list",
    "r2 bucket info product-assets",
    "r2 bucket dev-url get product-assets",
    "r2 bucket domain list product-assets",
    "secret list json",
    "deployments status",
    `versions view ${VERSION}`,
    "d1 execute commerce",
  ]);
});

test("an empty account: each line has a command, and what can't be looked at yet says why", async () => {
  const target = targetOf(
    filledIn((toml) => toml.replace(DATABASE_ID, PLACEHOLDER).replace(NAMESPACE_ID, "0".repeat(32))),
  );
  const outside = played(target, {
    empty: true,
    urls: { [`${ORIGIN}/health`]: unreachable },
    commands: {
      "d1 list": json([]),
      "kv namespace list": json([]),
      "r2 bucket info": refused(
        "/accounts/b19/r2/buckets/product-assets",
        "The specified bucket does not exist. [code: 10006]",
      ),
      "secret list": failed(
        'Worker "agent-commerce-server" not found.\n\nIf this is a new Worker, run `wrangler deploy` first to create it.',
      ),
      "deployments status": refused(
        "/accounts/b19/workers/scripts/agent-commerce-server/deployments",
        "This Worker does not exist on your account. [code: 10007]",
      ),
    },
  });
  const findings = await check(target, outside);
  expect(faultsOf(findings).map(({ what, state, fix }) => [what, state, fix[0]])).toEqual([
    ["ids in wrangler.toml", "missing", expect.stringContaining("npx wrangler d1 create commerce")],
    ["D1 database commerce", "missing", "npx wrangler d1 create commerce"],
    ["KV namespace OAUTH_KV", "missing", 'npx wrangler kv namespace create OAUTH_KV --env=""'],
    ["R2 bucket product-assets", "missing", "npx wrangler r2 bucket create product-assets"],
    ["secret SERVER_SECRET", "missing", 'openssl rand -base64 32 | npx wrangler secret put SERVER_SECRET --env=""'],
    ["secret STRIPE_SECRET_KEY_SANDBOX", "missing", expect.stringContaining("Stripe's Dashboard")],
    [
      "secret STRIPE_WEBHOOK_SECRET_SANDBOX",
      "missing",
      expect.stringContaining("npx wrangler secret put STRIPE_WEBHOOK_SECRET_SANDBOX"),
    ],
    ["Worker agent-commerce-server", "missing", "npm run deploy"],
    ["outside: /health", "missing", `curl -i ${ORIGIN}/health`],
  ]);
  expect(findings.filter(({ state }) => state === "not_looked_at").map(({ what, found }) => [what, found])).toEqual([
    ["migrations, business in the database", "the database comes first"],
  ]);
});

/** Each spoils one thing; the line, and what makes it as wanted again. */
interface Spoiled {
  readonly toml?: (toml: string) => string;
  readonly of?: (target: Target) => Target;
  readonly other?: Parameters<typeof played>[1];
  readonly spoil?: (outside: Played) => void;
  readonly line: string;
  readonly state: Finding["state"];
  readonly found: string | RegExp;
  readonly fix: string | RegExp;
}

const unreachable = (): Response => {
  throw Object.assign(new TypeError("fetch failed"), { cause: { code: "CERT_HAS_EXPIRED" } });
};
const live = (toml: string) => toml.replace('STRIPE_MAX_MODE = "sandbox"', 'STRIPE_MAX_MODE = "live"');
const health = (answer: () => Response) => ({ urls: { [`${ORIGIN}/health`]: answer } });
const stripe = (...of: Parameters<typeof endpoints>) => ({ urls: { [ENDPOINTS_URL]: () => endpoints(...of) } });

const SPOILED: Readonly<Record<string, Spoiled>> = {
  "the address of the repository": {
    toml: (toml) => toml.replaceAll(ORIGIN, "https://commerce.example.com"),
    ...{ line: "address", state: "missing", found: "PUBLIC_URL is still", fix: "PUBLIC_URL =" },
  },
  "an address without TLS": {
    toml: (toml) => toml.replaceAll(ORIGIN, ORIGIN.replace("https", "http")),
    ...{ line: "address", state: "differs", found: "http://", fix: "PUBLIC_URL =" },
  },
  "no route": {
    toml: (toml) => toml.replace(/^routes.*\n/, ""),
    ...{
      line: "address",
      state: "missing",
      found: "no route",
      fix: /routes = \[\{ pattern = "shop.bumpgrade.dev", custom_domain = true/,
    },
  },
  "a route to another host": {
    toml: (toml) => toml.replace(/pattern = "[^"]*"/, 'pattern = "other.bumpgrade.dev"'),
    ...{ line: "address", state: "missing", found: "other.bumpgrade.dev", fix: 'pattern = "shop.bumpgrade.dev"' },
  },
  "no mode": {
    toml: (toml) => toml.replace('STRIPE_MAX_MODE = "sandbox"', ""),
    ...{ line: "mode", state: "missing", found: "no plan is sold", fix: 'STRIPE_MAX_MODE = "sandbox"' },
  },
  "mail without a sender": {
    toml: (toml) => `${toml}\n[[send_email]]\nname = "MAIL"\n`,
    ...{ line: "mail", state: "missing", found: "without MAIL_FROM", fix: "MAIL_FROM =" },
  },
  "a sender without mail": {
    toml: (toml) => toml.replace("[vars]", '[vars]\nMAIL_FROM = "shop@bumpgrade.dev"'),
    ...{ line: "mail", state: "missing", found: "without the binding", fix: "[[send_email]]" },
  },
  "no schedule": {
    toml: (toml) => toml.replace(/crons = \[[^\]]*\]/, "crons = []"),
    ...{ line: "cron", state: "missing", found: "no schedule", fix: "[triggers]" },
  },
  "a secret in the file": {
    toml: (toml) => toml.replace("[vars]", '[vars]\nSERVER_SECRET = "canary-canary-canary-canary-canary-1"'),
    ...{
      line: "SERVER_SECRET in wrangler.toml",
      state: "differs",
      found: "stands in the file",
      fix: "take SERVER_SECRET out",
    },
  },
  "no sign-in": {
    other: { commands: { "whoami --json": { ...json({ loggedIn: false }), code: 1 } } },
    ...{ line: "account", state: "missing", found: "not signed in", fix: "npx wrangler login" },
  },
  "two accounts": {
    other: { commands: { "whoami --json": json({ loggedIn: true, accounts: [{ id: "a" }, { id: "b" }] }) } },
    ...{ line: "account", state: "differs", found: "reaches 2 accounts", fix: "CLOUDFLARE_ACCOUNT_ID" },
  },
  "a database that is not named by its id": {
    toml: (toml) => toml.replace(DATABASE_ID, PLACEHOLDER),
    ...{
      line: "D1 database commerce",
      state: "differs",
      found: "the repository came with",
      fix: `database_id = "${DATABASE_ID}"`,
    },
  },
  "a namespace that is not named by its id": {
    toml: (toml) => toml.replace(NAMESPACE_ID, "1".repeat(32)),
    ...{
      line: "KV namespace OAUTH_KV",
      state: "differs",
      found: "the account has no 111",
      fix: `id = "${NAMESPACE_ID}"`,
    },
  },
  "a token that may not list databases": {
    other: { commands: { "d1 list": refused("/accounts/b19/d1/database", "Authentication error [code: 10000]") } },
    ...{
      line: "D1 database commerce",
      state: "not_looked_at",
      found: "Authentication error [code: 10000]",
      fix: "npx wrangler d1 list --json",
    },
  },
  "R2 is not switched on": {
    other: {
      commands: {
        "r2 bucket info": refused(
          "/accounts/b19/r2/buckets/product-assets",
          "Please enable R2 through the Cloudflare Dashboard. [code: 10042]",
        ),
      },
    },
    ...{ line: "R2 bucket product-assets", state: "missing", found: "not switched on", fix: "R2 Object Storage" },
  },
  "a bucket with an address at r2.dev": {
    other: {
      commands: { "r2 bucket dev-url get": printed("Public access is enabled at 'https://pub-0113a9e4.r2.dev'.") },
    },
    ...{
      line: "R2 bucket product-assets",
      state: "differs",
      found: "public address",
      fix: "npx wrangler r2 bucket dev-url disable product-assets",
    },
  },
  "a bucket with a domain": {
    other: {
      commands: {
        "r2 bucket domain list": printed(
          "Listing custom domains connected to bucket 'product-assets'...\ndomain:            files.bumpgrade.dev\nenabled:           Yes",
        ),
      },
    },
    ...{
      line: "R2 bucket product-assets",
      state: "differs",
      found: "public address",
      fix: "npx wrangler r2 bucket domain remove",
    },
  },
  "a secret that is not set": {
    other: {
      commands: {
        "secret list": json([
          { name: "SERVER_SECRET", type: "secret_text" },
          { name: "STRIPE_SECRET_KEY_SANDBOX", type: "secret_text" },
        ]),
      },
    },
    ...{
      line: "secret STRIPE_WEBHOOK_SECRET_SANDBOX",
      state: "missing",
      found: "not set",
      fix: 'npx wrangler secret put STRIPE_WEBHOOK_SECRET_SANDBOX --env=""',
    },
  },
  "live, without a live key": {
    toml: live,
    ...{ line: "secret STRIPE_SECRET_KEY_LIVE", state: "missing", found: "not set", fix: "Create restricted key" },
  },
  "another business deployed": {
    other: {
      commands: {
        "versions view": (args) =>
          json(
            bindingsOf(args, (one) => (one.name === "BUSINESS_OWNER_USER_ID" ? { ...one, text: "user-other" } : one)),
          ),
      },
    },
    ...{
      line: "deployed variables",
      state: "differs",
      found: 'BUSINESS_OWNER_USER_ID is another (seeds/reference wants "user-bumpgrade-owner")',
      fix: "npm run deploy",
    },
  },
  "a variable that the dashboard set": {
    other: {
      commands: {
        "versions view": () =>
          json({
            resources: {
              bindings: [...bindings(), { type: "plain_text", name: "OWNER_SECOND_FACTOR", text: "optional" }],
            },
          }),
      },
    },
    ...{
      line: "deployed variables",
      state: "differs",
      found: "OWNER_SECOND_FACTOR is set there alone",
      fix: "npm run deploy",
    },
  },
  "a counter that the deployed version lacks": {
    other: {
      commands: {
        "versions view": () =>
          json({ resources: { bindings: bindings().filter(({ name }) => name !== "TOKEN_LIMIT") } }),
      },
    },
    ...{
      line: "deployed bindings",
      state: "differs",
      found: "without TOKEN_LIMIT (ratelimit 1008)",
      fix: "npm run deploy",
    },
  },
  "a migration that is not applied": {
    spoil: ({ db }) => db.exec("DELETE FROM d1_migrations WHERE name LIKE '0032%'"),
    ...{
      line: "migrations",
      state: "missing",
      found: "0032_",
      fix: /npm run deploy.*npx wrangler d1 migrations apply commerce --remote/,
    },
  },
  "a released migration that was edited": {
    of: (target) => ({ ...target, releaseFaults: ["0001_people.sql was changed after its release: restore it"] }),
    ...{ line: "migration files", state: "differs", found: "0001_people.sql was changed", fix: "released.json" },
  },
  "a migration that this folder lacks": {
    spoil: ({ db }) => db.exec("INSERT INTO d1_migrations (name) VALUES ('0999_later.sql')"),
    ...{ line: "migrations", state: "differs", found: "0999_later.sql", fix: "check out" },
  },
  "an empty database": {
    other: { empty: true },
    ...{ line: "migrations", state: "missing", found: "0 of", fix: "npm run deploy" },
  },
  "a database that can't be read": {
    other: { commands: { "d1 execute": { ...json({ error: { text: "Network connection lost." } }), code: 1 } } },
    ...{
      line: "migrations",
      state: "not_looked_at",
      found: "Network connection lost.",
      fix: "npx wrangler d1 execute commerce --remote",
    },
  },
  "a business that is not loaded": {
    spoil: ({ db }) =>
      db.exec("PRAGMA foreign_keys = OFF; DELETE FROM businesses; DELETE FROM user; DELETE FROM commerce_products"),
    ...{
      line: "business in the database",
      state: "differs",
      found: "missing in businesses: user-bumpgrade-owner",
      fix: "npm run deploy",
    },
  },
  "a price that was changed in the files": {
    spoil: ({ db }) =>
      db.exec(
        "UPDATE commerce_prices SET unit_amount_cents = unit_amount_cents + 1 WHERE id = (SELECT min(id) FROM commerce_prices)",
      ),
    ...{
      line: "business in the database",
      state: "differs",
      found: /^other in commerce_prices: [\w-]+$/,
      fix: "npm run deploy",
    },
  },
  "a schedule that stands still": {
    spoil: ({ db }) =>
      db.exec(
        `INSERT INTO scheduled_runs (id, owner_user_id, started_at, finished_at, report_json) VALUES ('run-1', 'user-bumpgrade-owner', ${NOW - 7_200_000}, ${NOW - 7_200_000}, '{}')`,
      ),
    ...{ line: "scheduled run", state: "differs", found: "120 minutes ago", fix: "npm run deploy" },
  },
  "no endpoint at Stripe": {
    other: stripe(endpoint({ url: "https://other.bumpgrade.dev/api/stripe/webhook" })),
    ...{
      line: "Stripe webhook sandbox",
      state: "missing",
      found: "no endpoint",
      fix: new RegExp(
        `curl https://api.stripe.com/v1/webhook_endpoints -u "\\$STRIPE_SECRET_KEY_SANDBOX:" -d url=${ORIGIN}/api/stripe/webhook -d api_version=${Stripe.API_VERSION}`,
      ),
    },
  },
  "two endpoints of one address": {
    other: stripe(endpoint(), endpoint({ id: "we_2" })),
    ...{ line: "Stripe webhook sandbox", state: "differs", found: "2 endpoints", fix: "Webhooks" },
  },
  "an endpoint of another version": {
    other: stripe(endpoint({ api_version: "2026-01-28.clover" })),
    ...{ line: "Stripe webhook sandbox", state: "differs", found: "2026-01-28.clover", fix: "-X DELETE" },
  },
  "an endpoint without two types": {
    other: stripe(endpoint({ enabled_events: HANDLED_EVENT_TYPES.slice(2) })),
    ...{
      line: "Stripe webhook sandbox",
      state: "differs",
      found: `without ${HANDLED_EVENT_TYPES.slice(0, 2).join(", ")}`,
      fix: `enabled_events[]=${HANDLED_EVENT_TYPES[0]}`,
    },
  },
  "an endpoint that is off": {
    other: stripe(endpoint({ status: "disabled" })),
    ...{ line: "Stripe webhook sandbox", state: "differs", found: "it is disabled", fix: "-d disabled=false" },
  },
  "no key of Stripe's here": {
    other: { env: {} },
    ...{
      line: "Stripe webhook sandbox",
      state: "not_looked_at",
      found: "not in the environment",
      fix: "export STRIPE_SECRET_KEY_SANDBOX",
    },
  },
  "a key of the other mode": {
    other: { env: { STRIPE_SECRET_KEY_SANDBOX: "sk_live_canary0000000000000000000" } },
    ...{
      line: "Stripe webhook sandbox",
      state: "not_looked_at",
      found: "no key of the sandbox mode",
      fix: "export STRIPE_SECRET_KEY_SANDBOX",
    },
  },
  "a key without the right": {
    // Stripe: 403 with an error of type invalid_request_error for a restricted key.
    other: {
      urls: {
        [ENDPOINTS_URL]: () =>
          Response.json(
            { error: { type: "invalid_request_error", message: "rk_test_canary0000000000000000000" } },
            { status: 403 },
          ),
      },
    },
    ...{
      line: "Stripe webhook sandbox",
      state: "not_looked_at",
      found: "may not read",
      fix: "Webhook Endpoints, Read",
    },
  },
  "a certificate that does not fit": {
    other: health(unreachable),
    ...{ line: "outside: /health", state: "missing", found: "CERT_HAS_EXPIRED", fix: "curl -i" },
  },
  "a redirect": {
    other: health(
      () => new Response(null, { status: 302, headers: { Location: "https://login.cloudflareaccess.com/" } }),
    ),
    ...{
      line: "outside: /health",
      state: "differs",
      found: "a redirect to https://login.cloudflareaccess.com/",
      fix: /Rules and Access/,
    },
  },
  "a server without its settings": {
    other: health(
      () => new Response("This server is not set up: its log says which settings are wrong.\n", { status: 503 }),
    ),
    ...{
      line: "outside: /health",
      state: "differs",
      found: "503 This server is not set up",
      fix: /npx wrangler tail agent-commerce-server/,
    },
  },
  "another business outside": {
    other: { urls: { [`${ORIGIN}/commerce/source-data`]: () => Response.json({ id: "another" }) } },
    ...{ line: "outside: /commerce/source-data", state: "differs", found: "does not name Bumpgrade", fix: "curl -i" },
  },
  "an MCP of another server": {
    other: {
      urls: { [`tools/list ${ORIGIN}/mcp/public`]: () => Response.json({ result: { tools: [{ name: "echo" }] } }) },
    },
    ...{ line: "outside: MCP tools/list at /mcp/public", state: "differs", found: "tools: echo", fix: "curl -i" },
  },
};

const bindings = () => version(targetOf()).resources.bindings;
function bindingsOf(args: readonly string[], change: (one: Record<string, unknown>) => Record<string, unknown>) {
  expect(args.slice(0, 2)).toEqual(["versions", "view"]);
  return { resources: { bindings: bindings().map(change) } };
}

test.each(Object.entries(SPOILED))("%s: its line, and the command that mends it", async (_, spoiled) => {
  const { of = (target: Target) => target } = spoiled;
  const target = of(targetOf(filledIn(spoiled.toml)));
  const outside = played(target, spoiled.other);
  spoiled.spoil?.(outside);
  const findings = await check(target, outside);
  const finding = findings.find(({ what }) => what === spoiled.line);
  const text = (of: string | RegExp) =>
    typeof of === "string" ? expect.stringContaining(of) : expect.stringMatching(of);
  expect(finding).toEqual({
    what: spoiled.line,
    state: spoiled.state,
    found: text(spoiled.found),
    wanted: expect.stringMatching(/\w/),
    fix: expect.any(Array),
  });
  expect(finding?.fix.join("\n")).toEqual(text(spoiled.fix));
  expect(`${JSON.stringify(findings)}${findingsText(findings)}`).not.toMatch(/canary/);
});
