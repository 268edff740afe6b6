import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inTemporaryFolder } from "../../../src/dev/local/in-temporary-folder.ts";
import { tell } from "../../support/tell.ts";
import { openJudge, startJudged } from "./judge.ts";
import { SKIPPED } from "./skipped.ts";
import { openTokenProxy } from "./token-proxy.ts";

const CONFORMANCE = {
  id: "conformance",
  package: "@modelcontextprotocol/conformance",
  version: "0.2.0-alpha.12",
  command: "@modelcontextprotocol/conformance/dist/index.js",
};
const REVISIONS = ["2025-11-25", "2026-07-28"];

/** A check as the suite writes it, with the scenario that it belongs to. */
interface Check {
  readonly scenario: string;
  readonly id: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  readonly errorMessage?: string;
}

/** Every check that a run has written. Its folders are named by kind, scenario and time. */
function checksIn(folder: string): Check[] {
  return readdirSync(folder).flatMap((name) => {
    const scenario = /^(?:server|authorization-server)-(.+?)-\d{4}-\d\d-\d\dT/.exec(name)?.[1] ?? name;
    const checks = JSON.parse(readFileSync(join(folder, name, "checks.json"), "utf8")) as Omit<Check, "scenario">[];
    return checks.map((check) => ({ ...check, scenario }));
  });
}

const nameOfSkip = ({ scenario, id }: Check) => (scenario in SKIPPED ? scenario : `${scenario}: ${id}`);
const failed = ({ status }: Check) => status === "FAILURE";

test("both endpoints in both revisions, and the authorization server, pass all that a business server can", async ({
  task,
}) => {
  const judge = await openJudge(CONFORMANCE);
  const server = await startJudged();
  const proxy = await openTokenProxy(server.publicUrl, server.accessToken);
  const skipped = new Set<string>();
  const rows: (string | number)[][] = [];
  const faults: string[] = [];
  const warnings: string[] = [];
  let passed = 0;
  const judged = async (what: string, args: readonly string[]) =>
    inTemporaryFolder(async (folder) => {
      const { stdout, stderr } = await judge.run([...args, "--output-dir", folder]);
      const checks = checksIn(folder);
      if (checks.length === 0) throw new Error(`${what}: no check ran\n${stdout}\n${stderr}`);
      const own = checks.filter(failed);
      for (const check of own) {
        const name = nameOfSkip(check);
        if (name in SKIPPED) skipped.add(name);
        else faults.push(`${what}, ${name}: ${check.errorMessage}`);
      }
      warnings.push(
        ...checks
          .filter(({ status }) => status === "WARNING")
          .map(({ id, errorMessage }) => (errorMessage === undefined ? id : `${id}: ${errorMessage}`)),
      );
      const ran = new Set(checks.map(({ scenario }) => scenario));
      const clean = [...ran].filter((scenario) => !own.some((check) => check.scenario === scenario));
      passed += checks.filter(({ status }) => status === "SUCCESS").length;
      rows.push([what, ran.size, clean.length, checks.filter(({ status }) => status === "SUCCESS").length, own.length]);
      console.log(`${what}: ${clean.length} of ${ran.size} scenarios pass whole`);
    });
  try {
    for (const revision of REVISIONS) {
      await judged(`/mcp/public, ${revision}`, [
        "server",
        "--url",
        `${server.publicUrl}/mcp/public`,
        "--requirements",
        revision,
      ]);
      await judged(`/mcp, ${revision}`, ["server", "--url", `${proxy.origin}/mcp`, "--requirements", revision]);
    }
    await judged("authorization server", ["authorization", "--url", `${server.publicUrl}/oauth`]);
  } finally {
    proxy.close();
    await server.stop();
  }
  expect(faults).toEqual([]);
  expect(
    Object.keys(SKIPPED).filter((name) => !skipped.has(name)),
    "listed as skipped, and passes",
  ).toEqual([]);
  tell(task, "J1", {
    counts: { "checks passed": passed, "checks failed that a business server can pass": faults.length },
    values: { judge: `${CONFORMANCE.package} ${judge.version}`, "skips, each by name": skipped.size },
    tables: {
      "Conformance, by endpoint and revision": {
        columns: [
          "judged",
          "scenarios",
          "scenarios without a failed check",
          "checks passed",
          "failed checks, all skipped by name",
        ],
        rows,
      },
      "Skipped by name": { columns: ["scenario, or a check of it", "why"], rows: Object.entries(SKIPPED) },
      ...(warnings.length > 0 && {
        Warnings: { columns: ["check"], rows: [...new Set(warnings)].map((text) => [text]) },
      }),
    },
  });
});
