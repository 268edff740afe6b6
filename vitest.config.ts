import { readFileSync } from "node:fs";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { build } from "esbuild";
import { defineConfig, type Plugin } from "vitest/config";
import { BUSINESS_PARTS } from "./src/db/schema/vocabulary.ts";
import { memoryFolder } from "./test/support/memory-folder.ts";
import { NOW } from "./test/support/now.ts";

/** A measurement, and a test at the size of a report's part, may take an hour. */
const MEASURING_MS = 3_600_000;

/** Beyond what load alone can cost: only what hangs comes to it. */
const PATIENCE_MS = process.env.TEST_PART ? MEASURING_MS : 300_000;

const memory = process.env.TEST_BENCH || process.env.TMPDIR ? undefined : memoryFolder();
if (memory) process.env.TMPDIR = memory;

const sandboxOrigin = "http://stripe-sandbox.test";

/** The packages that the Worker and its tests import. */
const PACKAGES = [
  "@cfworker/json-schema",
  "@cloudflare/workers-oauth-provider",
  "@modelcontextprotocol/client",
  "@modelcontextprotocol/sdk/client/index.js",
  "@modelcontextprotocol/sdk/client/streamableHttp.js",
  "@modelcontextprotocol/server",
  "@simplewebauthn/server",
  "@simplewebauthn/server/helpers",
  "agents/mcp/server",
  "better-auth/adapters/drizzle",
  "better-auth/api",
  "better-auth/cookies",
  "better-auth/minimal",
  "drizzle-orm",
  "drizzle-orm/d1",
  "drizzle-orm/sqlite-core",
  "fast-check",
  // Not "hono/jsx" and "hono/html": vitest does not bundle the JSX runtime, and the three have to share one context.
  "hono",
  // With "hono" in one bundle: the two share a symbol.
  "hono/method-not-allowed",
  "stripe",
  "zod",
];

/** An auxiliary Worker must come as JavaScript. */
async function sandboxScript(): Promise<string> {
  const built = await build({
    entryPoints: ["src/dev/stripe-sandbox/worker.ts"],
    bundle: true,
    format: "esm",
    target: "es2024",
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    write: false,
    external: ["node:*", "cloudflare:*"],
    conditions: ["workerd", "worker", "browser"],
  });
  const [file] = built.outputFiles;
  if (!file) throw new Error("the Stripe sandbox did not build");
  return file.text;
}

/** Drops the source maps of the bundled packages: they are most of what a test file would load. */
const withoutMaps: Plugin = {
  name: "packages-without-maps",
  enforce: "post",
  transform: (code, id) => (id.includes("/deps_ssr/") ? { code, map: { mappings: "" } } : undefined),
};

export default defineConfig({
  test: {
    // Two, also where there are but two cores: each waits for its database now and then.
    maxWorkers: 2,
    projects: [
      {
        plugins: [
          withoutMaps,
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                PUBLIC_URL: "https://app.test",
                // The owner of the reference business, as its business.json says.
                BUSINESS_OWNER_USER_ID: JSON.parse(readFileSync("seeds/reference/business.json", "utf8")).ownerUserId,
                // The reference business uses all; a world takes both from the business that it loads.
                BUSINESS_PARTS: BUSINESS_PARTS.join(","),
                SERVER_SECRET: "test-secret-test-secret-test-secret-0001",
                STRIPE_SECRET_KEY_SANDBOX: "sk_test_000000000000000000000000",
                STRIPE_WEBHOOK_SECRET_SANDBOX: "whsec_test_sandbox_secret",
                STRIPE_MAX_MODE: "sandbox",
                // Worlds have an owner who signs in by one step; tests of the second factor ask for it.
                OWNER_SECOND_FACTOR: "optional",
                STRIPE_API_BASE_URL: sandboxOrigin,
                TEST_SEED: process.env.TEST_SEED ?? "",
                TEST_PATH: process.env.TEST_PATH ?? "",
                TEST_PART: process.env.TEST_PART ?? "",
                TEST_WIDER: process.env.TEST_WIDER ?? "",
                MIGRATIONS: await readD1Migrations("migrations"),
                SANDBOX_MIGRATIONS: await readD1Migrations("src/dev/stripe-sandbox/migrations"),
              },
              // The sandbox's own database is bound here too, so that tests can migrate it.
              d1Databases: { SANDBOX_DB: "sandbox" },
              serviceBindings: { STRIPE_SANDBOX: "stripe-sandbox" },
              // Nothing but Stripe is ever called, and Stripe is the sandbox.
              outboundService: "stripe-sandbox",
              workers: [
                {
                  name: "stripe-sandbox",
                  modules: true,
                  script: await sandboxScript(),
                  compatibilityDate: "2026-10-23",
                  compatibilityFlags: ["nodejs_compat"],
                  d1Databases: { SANDBOX_DB: "sandbox" },
                  bindings: {
                    PUBLIC_URL: sandboxOrigin,
                    // The live key serves a live deployment whose Stripe is the sandbox, too.
                    SECRET_KEYS: "sk_test_000000000000000000000000,sk_live_000000000000000000000000",
                    WEBHOOK_URL: "https://app.test/api/stripe/webhook",
                    WEBHOOK_SECRET: "whsec_test_sandbox_secret",
                    WEBHOOK_SECRET_LIVE: "whsec_test_live_secret",
                    DELIVERY: "manual",
                    CLOCK: new Date(NOW).toISOString(),
                  },
                },
              ],
            },
          })),
        ],
        test: {
          name: "worker",
          // Style sheets are imported as text, as in the bundle; without this they are empty.
          css: true,
          // Bundled once instead of module by module: half the time, and nothing looks for their missing sources.
          deps: {
            optimizer: {
              ssr: {
                enabled: true,
                include: PACKAGES,
                rolldownOptions: {
                  external: [/^node:/, /^cloudflare:/],
                  // Not compressed: that may rewrite `new Function`, which the test runtime allows by its text.
                  output: { minify: { compress: false, mangle: true, codegen: true }, keepNames: true },
                },
              },
            },
          },
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.node.test.ts"],
          setupFiles: "test/support/standing-date.ts",
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
      {
        test: {
          name: "node",
          include: ["test/**/*.node.test.ts"],
          exclude: ["test/e2e/**", "test/browser/**"],
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
      // Measurements: `npm run bench` and `npm run report` run them, the suite does not.
      ...(process.env.TEST_BENCH
        ? [
            {
              test: {
                name: "bench",
                include: ["test/bench/**/*.bench.node.ts"],
                fileParallelism: false,
                testTimeout: MEASURING_MS,
                hookTimeout: MEASURING_MS,
              },
            },
          ]
        : []),
      {
        // The real bundle, started once, over sockets.
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.node.test.ts"],
          globalSetup: "test/e2e/start.ts",
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
      {
        // The real bundle in a real browser, which is unpacked from its package.
        test: {
          name: "browser",
          include: ["test/browser/**/*.node.test.ts"],
          globalSetup: ["test/e2e/start.ts", "test/browser/start.ts"],
          // The files share one server and its people, so they run one after the other.
          fileParallelism: false,
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
    ],
  },
});
