import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { migrationsFinding } from "../../../src/dev/deploy/migrations-check.ts";
import { type Outside, type Ran, realOutside } from "../../../src/dev/deploy/outside.ts";
import { runSteps } from "../../../src/dev/deploy/run-steps.ts";
import { seedsFinding } from "../../../src/dev/deploy/seeds-check.ts";
import { deploymentSteps } from "../../../src/dev/deploy/steps.ts";
import { jsonOf, reasonOf } from "../../../src/dev/deploy/wrangler-answers.ts";
import { played, targetOf } from "./account.ts";

const target = targetOf();
const real = realOutside();
const folder = mkdtempSync(join(tmpdir(), "commerce-local-d1-"));

/** Wrangler itself, on a database of this machine where it would take the account's: same program, same D1, same formats. */
async function locally(args: readonly string[]): Promise<Ran> {
  expect(args).toContain("--remote");
  return real.run(args.flatMap((arg) => (arg === "--remote" ? ["--local", "--persist-to", folder] : [arg])));
}

/** The account is played, and its database is wrangler's. */
const account = played(target);
const outside: Outside = {
  ...account,
  run: (args, options) => (args[0] === "d1" && args[1] !== "list" ? locally(args) : account.run(args, options)),
};
const seeds = () => seedsFinding(target, outside);
const execute = (sql: string) => locally(["d1", "execute", "commerce", "--remote", "--json", "--command", sql]);

test("wrangler itself migrates, seeds and reads, and the check reads what it prints", async () => {
  expect((await migrationsFinding(target, outside)).finding).toMatchObject({
    state: "missing",
    found: expect.stringContaining("0 of"),
  });
  // A check makes no table; wrangler's own list does.
  expect(jsonOf(await execute("SELECT name FROM sqlite_schema WHERE name = 'd1_migrations'"))).toEqual([
    expect.objectContaining({ results: [] }),
  ]);

  const report = await runSteps(deploymentSteps(target, outside, { atTerminal: false, takeAddress: false }), {
    dryRun: false,
    tell: () => undefined,
  });
  expect(report.steps.map(({ step, state, detail }) => (state === "done" ? step : `${step}: ${detail}`))).toEqual([
    "business",
    "bundle",
    "ready",
    "migrate",
    "deploy",
    "seed",
    "outside",
  ]);
  expect((await migrationsFinding(target, outside)).whole).toBe(true);
  expect(await seeds()).toMatchObject({ state: "ok" });

  await execute("UPDATE businesses SET name = 'Other'");
  expect(await seeds()).toMatchObject({ state: "differs", found: "other in businesses: user-bumpgrade-owner" });
  await execute("UPDATE stack_offers SET summary = summary || '!'; UPDATE plans SET position = position + 10");
  expect(await seeds()).toMatchObject({
    state: "differs",
    found: expect.stringMatching(/stack_offers.*and 1 more, other in plans/),
  });
});

test("what wrangler prints for a fault is told as one line", async () => {
  const wrong = await execute("SELECT 1 FROM no_table");
  expect(wrong.code).toBe(1);
  expect(reasonOf(wrong)).toMatch(/^no such table: no_table/);
  const unknown = await real.run([
    "d1",
    "execute",
    "commerce-of-another",
    "--remote",
    "--json",
    "--command",
    "SELECT 1",
  ]);
  expect(unknown.code).toBe(1);
  expect(reasonOf(unknown)).toMatch(/CLOUDFLARE_API_TOKEN|login/i);
});
