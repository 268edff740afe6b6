import { expect, test } from "vitest";
import { type DeployReport, runSteps } from "../../../src/dev/deploy/run-steps.ts";
import { deploymentSteps } from "../../../src/dev/deploy/steps.ts";
import type { Target } from "../../../src/dev/deploy/target.ts";
import {
  failed,
  filledIn,
  NEXT_VERSION,
  ORIGIN,
  type Played,
  played,
  printed,
  refused,
  targetOf,
  VERSION,
} from "./account.ts";

/** As before the release of the newest migration. */
const target: Target = { ...targetOf(), unreleased: targetOf().migrations.slice(-1) };
const METADATA = `${ORIGIN}/.well-known/oauth-protected-resource/mcp`;
const NAMES = ["business", "bundle", "ready", "migrate", "deploy", "seed", "outside"];

async function deploy(
  outside: Played,
  { dryRun = false, takeAddress = false, of = target } = {},
): Promise<{ report: DeployReport; told: string; states: string[] }> {
  const lines: string[] = [];
  const steps = deploymentSteps(of, outside, { atTerminal: false, takeAddress });
  const report = await runSteps(steps, { dryRun, tell: (line) => lines.push(line) });
  return { report, told: lines.join("\n"), states: report.steps.map(({ step, state }) => `${step} ${state}`) };
}

/** Each step before `name` is done, and each after it is not. */
const stoppedAt = (name: string) =>
  NAMES.map((step, index) => {
    const at = NAMES.indexOf(name);
    return `${step} ${index < at ? "done" : index === at ? "failed" : "not_done"}`;
  });

/** The commands that change something, without their SQL. */
const changing = (outside: Played) =>
  outside.commands
    .filter((line) => /apply|^deploy |--file/.test(line) && !/--dry-run|--command/.test(line))
    .map((line) => line.replace(/--file .*/, "--file"));

test("an empty database and a new Worker: every step in its order, and nothing else is changed", async () => {
  const outside = played(target, {
    empty: true,
    commands: { "deployments status": failed("The Worker agent-commerce-server has no deployments.") },
  });
  const { report, states, told } = await deploy(outside);
  expect(report.ok, told).toBe(true);
  expect(states).toEqual(NAMES.map((name) => `${name} done`));
  expect(changing(outside)).toEqual([
    "d1 migrations apply commerce --remote --env=",
    "deploy --minify --env= --var BUSINESS_OWNER_USER_ID:user-bumpgrade-owner --var BUSINESS_PARTS:offers,plans,access,files,upsells,affiliates",
    "d1 execute commerce --remote --yes --json --env= --file",
  ]);
  expect(told).toContain("[4/7] Apply the migrations …");
  expect(told).toContain(`version ${NEXT_VERSION}`);
  expect(report.steps[3]?.detail).toContain(
    `${target.migrations.length} applied, ${target.migrations.length} in all; now npm run migrations:release`,
  );
});

test("the same again changes no row, and says which version served before", async () => {
  const outside = played(target);
  const rows = () => outside.db.prepare("SELECT id, updated_at FROM commerce_prices").all();
  const before = rows();
  const { report } = await deploy(outside);
  expect(report.ok).toBe(true);
  expect(rows()).toEqual(before);
  expect(report.steps.map(({ detail }) => detail)).toEqual([
    "97 rows, without a fault",
    "500.00 KiB gzip",
    `version ${VERSION} serves now`,
    expect.stringMatching(`^0 applied, ${target.migrations.length} in all; now npm run migrations:release`),
    `version ${NEXT_VERSION}`,
    "97 rows as in seeds/reference",
    "5 answers, all as wanted",
  ]);
});

test("once every migration is released, nothing more is asked for", async () => {
  const { report } = await deploy(played(target), { of: { ...target, unreleased: [] } });
  expect(report.steps[3]?.detail).toBe(`0 applied, ${target.migrations.length} in all`);
});

/** A step that fails: what is said of it, and what to do. */
const FAILURES: Readonly<
  Record<string, { step: string; other: Parameters<typeof played>[1]; says: string; todo: string }>
> = {
  "a source that does not build": {
    step: "bundle",
    other: {
      commands: { "deploy --": failed('Build failed with 1 error:\n  src/worker.ts:1:7: ERROR: Expected ";"') },
    },
    ...{ says: "Build failed with 1 error", todo: "nothing was changed" },
  },
  "no sign-in": {
    step: "ready",
    other: { commands: { "whoami --json": { code: 1, stdout: '\n{"loggedIn":false}\n', stderr: "" } } },
    ...{ says: "npx wrangler login", todo: "nothing was changed" },
  },
  "an address at which another site answers": {
    step: "ready",
    other: { urls: { [METADATA]: () => new Response("<h1>Our old shop</h1>") } },
    ...{ says: "is answered by something that is not this server", todo: "--take-address" },
  },
  "a migration that D1 refuses": {
    step: "migrate",
    other: {
      empty: true,
      commands: { "d1 migrations apply": failed('near "TABEL": syntax error at offset 7: SQLITE_ERROR [code: 7500]') },
    },
    ...{ says: "SQLITE_ERROR [code: 7500]", todo: "the version of before serves on" },
  },
  "a migration that was not applied, with the exit code 0": {
    step: "migrate",
    other: { empty: true, commands: { "d1 migrations apply": printed("┌──────────┬────┐\n│ 0001_people.sql │ ❌ │") } },
    ...{ says: "though wrangler ended with 0", todo: "not applied twice" },
  },
  "an upload that Cloudflare refuses": {
    step: "deploy",
    other: {
      commands: {
        "deploy --": (args) =>
          args.includes("--dry-run")
            ? printed("Total Upload: 1 KiB / gzip: 1 KiB")
            : refused("/accounts/b19/workers/scripts/agent-commerce-server/versions", "Uncaught Error [code: 10021]"),
      },
    },
    ...{ says: "[code: 10021]", todo: "the version of before serves on" },
  },
  "a deploy that a person declined, with the exit code 0": {
    step: "deploy",
    other: { commands: { "deploy --": printed("Total Upload: 1 KiB / gzip: 1 KiB") } },
    ...{ says: "without a new version", todo: "the version of before serves on" },
  },
  "a file of rows that D1 refuses": {
    step: "seed",
    other: {
      empty: true,
      commands: {
        "d1 execute commerce --remote --yes": {
          code: 1,
          stdout: '{\n  "error": {\n    "text": "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT"\n  }\n}\n',
          stderr: "",
        },
      },
    },
    ...{ says: "FOREIGN KEY constraint failed", todo: "D1 takes a file whole or not at all" },
  },
  "a server that lacks its secrets": {
    step: "outside",
    other: {
      empty: true,
      urls: {
        [`${ORIGIN}/health`]: () =>
          new Response("This server is not set up: its log says which settings are wrong.\n", { status: 503 }),
      },
    },
    ...{ says: "503 This server is not set up", todo: `npx wrangler rollback ${VERSION} --env=""` },
  },
};

test.each(Object.entries(FAILURES))(
  "%s stops the deployment, and says what was done and what to do",
  async (_, { step, other, says, todo }) => {
    const outside = played(target, other);
    const { report, states, told } = await deploy(outside);
    expect(report.ok).toBe(false);
    expect(states).toEqual(stoppedAt(step));
    expect(report.steps.find(({ state }) => state === "failed")?.detail).toContain(says);
    expect(report.advice.join("\n")).toContain(todo);
    // The person at the terminal reads the same.
    expect(told).toContain(says);
    expect(told).toMatch(/\nDone:\n[\s\S]*\nNot done:\n[\s\S]*\nWhat to do:\n/);
    expect(changing(outside).length).toBe(
      ["migrate", "deploy", "seed"].filter((name) => NAMES.indexOf(name) <= NAMES.indexOf(step)).length,
    );
  },
);

test("an address that is taken on purpose is taken", async () => {
  let isOld = true;
  const outside = played(target, {
    urls: {
      [METADATA]: () => (isOld ? new Response("<h1>Our old shop</h1>") : Response.json({ resource: `${ORIGIN}/mcp` })),
      [`${ORIGIN}/health`]: () => {
        isOld = false;
        return Response.json({ status: "ok" });
      },
    },
  });
  expect((await deploy(outside)).states).toEqual(stoppedAt("ready"));
  expect((await deploy(outside, { takeAddress: true })).report.ok).toBe(true);
});

test("a new address is asked until it has its certificate, for two minutes", async () => {
  let asked = 0;
  const unready = (times: number) => () => {
    asked += 1;
    if (asked <= times) throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ENOTFOUND" } });
    return Response.json({ status: "ok" });
  };
  const soon = played(target, { urls: { [`${ORIGIN}/health`]: unready(3) } });
  expect((await deploy(soon)).report.ok).toBe(true);
  expect(soon.waits).toEqual([10_000, 10_000, 10_000]);
  asked = 0;
  const never = played(target, { urls: { [`${ORIGIN}/health`]: unready(99) } });
  expect((await deploy(never)).states).toEqual(stoppedAt("outside"));
  expect(never.waits.reduce((sum, wait) => sum + wait)).toBe(120_000);
});

test("the repository's own wrangler.toml stops before a table is touched", async () => {
  const of = targetOf(filledIn((toml) => toml.replaceAll(ORIGIN, "https://commerce.example.com")));
  const outside = played(of);
  const { states, told } = await deploy(outside, { of });
  expect(states).toEqual(stoppedAt("ready"));
  expect(told).toContain("PUBLIC_URL is still https://commerce.example.com");
  expect(changing(outside)).toEqual([]);
});
