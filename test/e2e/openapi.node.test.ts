import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, inject, test } from "vitest";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { describer } from "../support/described.ts";
import { obtainToken, overSocket } from "../support/oauth.ts";
import { tell } from "../support/tell.ts";

const { origin } = inject("server");
const at = (path: string, init?: RequestInit) => new Request(new URL(path, origin), { redirect: "manual", ...init });
const document = async () => (await fetch(at("/openapi.json"))).json() as Promise<Parameters<typeof describer>[0]>;

/** The linter's recommended rules at their strictest, without these. */
const SWITCHED_OFF = {
  // The document describes a business's deployment. The license of the code says nothing of its use.
  "info-license": "off",
  "info-license-strict": "off",
  // The bundle of the tests runs at localhost, and says so.
  "no-server-example.com": "off",
} as const;

async function lint(source: string): Promise<string[]> {
  const config = await createConfig({ extends: ["recommended-strict"], rules: SWITCHED_OFF });
  const problems = await lintFromString({ source, absoluteRef: "/openapi.json", config });
  return problems.map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer}: ${message}`);
}

test("the document of the bundle passes the recommended rules of the linter", async ({ task }) => {
  const { paths, ...rest } = await document();
  const findings = await lint(JSON.stringify({ ...rest, paths }));
  expect(findings).toEqual([]);
  tell(task, "J4", {
    counts: {
      findings: findings.length,
      operations: Object.values(paths).flatMap((path) => Object.keys(path)).length,
    },
    values: {
      judge: "@redocly/openapi-core, recommended-strict",
      "rules switched off, each with its reason in the test": Object.keys(SWITCHED_OFF).join(", "),
    },
  });
});

test("the linter finds a document that is wrong", async () => {
  const { paths, ...rest } = await document();
  const [[path, operations]] = Object.entries(paths) as [[string, Record<string, object>]];
  const operation = { ...Object.values(operations)[0], operationId: "health", security: [{ nothing: [] }] };
  const found = await lint(JSON.stringify({ ...rest, paths: { ...paths, [path]: { post: operation } } }));
  expect(found.join("\n")).toMatch(
    /operation-operationId-unique[\s\S]*security-defined|security-defined[\s\S]*operationId-unique/,
  );
});

test("answers of the bundle are as the document says", async () => {
  const check = describer(await document());
  const { accessToken } = await obtainToken({
    fetch: overSocket,
    origin,
    as: devPeople().buyer,
    resource: `${origin}/api`,
    scopes: ["checkout:write"],
  });
  const token = { Authorization: `Bearer ${accessToken}` };
  const json = { "Content-Type": "application/json" };
  const answers: [Request, number][] = [
    [at("/health"), 200],
    [at("/openapi.json"), 200],
    [at("/commerce/source-data"), 200],
    [at("/affiliates/source-data"), 200],
    [at("/.well-known/commerce-receipts.json"), 200],
    [at("/api/commerce/checkout"), 200],
    [at("/api/admin/products/assets"), 200],
    [at("/api/commerce/checkout", { method: "PUT" }), 405],
    [at("/api/commerce/checkout", { method: "POST", headers: json, body: "{}" }), 401],
    [at("/api/commerce/checkout", { method: "POST", headers: { ...json, ...token }, body: "{}" }), 400],
    [at("/api/operations/absent", { headers: token }), 404],
    [at("/api/affiliates/clicks", { method: "POST", headers: json, body: "{}" }), 400],
    [at("/api/stripe/webhook", { method: "POST", headers: json, body: "{}" }), 400],
    [at("/api/uploads/absent", { method: "PUT", body: "x" }), 404],
  ];
  for (const [request, status] of answers) {
    const answer = await fetch(request.clone());
    const faults = await check.faults(request, answer, undefined);
    expect([request.method, request.url, answer.status, faults]).toEqual([request.method, request.url, status, []]);
    expect(check.knows(request)).toBe(true);
  }
});
