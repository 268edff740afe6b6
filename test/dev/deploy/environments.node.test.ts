import { expect, test } from "vitest";
import { check } from "../../../src/dev/deploy/check.ts";
import { configOf } from "../../../src/dev/deploy/config.ts";
import { isFault } from "../../../src/dev/deploy/finding.ts";
import { runSteps } from "../../../src/dev/deploy/run-steps.ts";
import { deploymentSteps } from "../../../src/dev/deploy/steps.ts";
import { ROOT } from "../../../src/dev/local/root.ts";
import { DATABASE_ID, filledIn, json, ORIGIN, played, STAGING, targetOf, version } from "./account.ts";

const production = configOf(ROOT, undefined) as unknown as Readonly<Record<string, unknown>>;
const environments = configOf(ROOT, undefined).definedEnvironments ?? [];

/** Every binding of a configuration, whatever its kind, with what must be the same in both environments. */
function bindingsIn(config: Readonly<Record<string, unknown>>): string[] {
  const found: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      for (const item of value as unknown[]) walk(item, path);
    } else if (typeof value === "object" && value !== null) {
      const fields = value as Readonly<Record<string, unknown>>;
      const name = fields.binding ?? (path === "triggers" ? undefined : fields.name);
      if (typeof name === "string")
        found.push(`${path} ${name} ${JSON.stringify(fields.simple ?? fields.migrations_dir ?? null)}`);
      else for (const [key, inner] of Object.entries(fields)) walk(inner, path === "" ? key : `${path}.${key}`);
    }
  };
  for (const [key, value] of Object.entries(config)) if (!INHERITED.includes(key)) walk(value, key);
  return found.sort();
}
/** What names no binding, or names an environment. */
const INHERITED = ["build", "dev", "alias", "rules", "migrations", "routes", "unsafe"];

test("wrangler.toml has a second environment, whose name is staging", () => {
  expect(environments).toEqual(["staging"]);
});

test.each(environments)("%s has every binding and variable of the top level, and none of its stores", (name) => {
  const config = configOf(ROOT, name) as unknown as Readonly<Record<string, unknown>>;
  expect(bindingsIn(production).length).toBeGreaterThanOrEqual(13);
  expect(bindingsIn(config), `what stands above in wrangler.toml stands below, in [env.${name}], too`).toEqual(
    bindingsIn(production),
  );
  const [above, below] = [configOf(ROOT, undefined), configOf(ROOT, name)];
  expect(Object.keys(below.vars).sort()).toEqual(Object.keys(above.vars).sort());
  expect(below.vars.STRIPE_MAX_MODE).toBe("sandbox");
  expect(below.vars.PUBLIC_URL).not.toBe(above.vars.PUBLIC_URL);
  expect(below.triggers).toEqual(above.triggers);
  expect(below.name).not.toBe(above.name);
  // The counters of an account are found by these numbers.
  const numbers = [...above.ratelimits, ...below.ratelimits].map(({ namespace_id }) => namespace_id);
  expect(new Set(numbers).size).toBe(numbers.length);
  const stores = [above, below].flatMap(({ d1_databases, r2_buckets }) => [
    ...d1_databases.map(({ database_name }) => database_name),
    ...r2_buckets.map(({ bucket_name }) => bucket_name),
  ]);
  expect(new Set(stores).size).toBe(stores.length);
});

test("a binding that is added above and forgotten below is found, of any kind", () => {
  const more = [
    '[[queues.producers]]\nqueue = "q"\nbinding = "LATER"',
    '[[kv_namespaces]]\nbinding = "LATER"\nid = "1"',
    '[[services]]\nbinding = "LATER"\nservice = "s"',
    '[[send_email]]\nname = "LATER"',
    '[ai]\nbinding = "LATER"',
  ];
  for (const added of more) {
    const toml = filledIn((text) => text.replace("[observability]", `${added}\n\n[observability]`));
    const [above, below] = [targetOf(toml), targetOf(toml, "staging")].map(({ config }) =>
      bindingsIn(config as unknown as Readonly<Record<string, unknown>>),
    );
    const only = above?.filter((binding) => !below?.includes(binding)) ?? [];
    expect(only.join(), added).toContain("LATER");
  }
});

test("the route of production is not handed on to staging", () => {
  expect(targetOf(filledIn()).config.routes).toHaveLength(1);
  expect(configOf(ROOT, "staging").routes).toEqual([]);
});

test("staging is checked and deployed by the same commands, with --env", async () => {
  const target = targetOf(filledIn(), "staging");
  expect(target).toMatchObject({
    worker: "agent-commerce-server-staging",
    publicUrl: STAGING.origin,
    bucket: "product-assets-staging",
  });
  const outside = played(target);
  const findings = await check(target, outside);
  expect(findings.filter(isFault)).toEqual([]);
  expect(findings).toContainEqual(expect.objectContaining({ what: "apart from production", state: "ok" }));
  const report = await runSteps(deploymentSteps(target, outside, { atTerminal: false, takeAddress: false }), {
    dryRun: false,
    tell: () => undefined,
  });
  expect(report.ok).toBe(true);
  const changing = outside.commands
    .filter((line) => /apply|^deploy |--file/.test(line))
    .map((line) => line.replace(/ --(dry-run|file) .*/, ""));
  expect(changing).toEqual([
    "deploy --minify --env=staging --var BUSINESS_OWNER_USER_ID:user-bumpgrade-owner --var BUSINESS_PARTS:offers,plans,access,files,upsells,affiliates",
    "d1 migrations apply commerce-staging --remote --env=staging",
    "deploy --minify --env=staging --var BUSINESS_OWNER_USER_ID:user-bumpgrade-owner --var BUSINESS_PARTS:offers,plans,access,files,upsells,affiliates",
  ]);
  // The business is there already, so it is read and nothing is loaded.
  expect(report.steps.find(({ step }) => step === "seed")).toMatchObject({ state: "done" });
});

test.each([
  ["the database", (toml: string) => toml.replace(STAGING.databaseId, DATABASE_ID), "the database"],
  ["the address", (toml: string) => toml.replaceAll(STAGING.origin, ORIGIN), "the address"],
  ["the counters", (toml: string) => toml.replace('"1101"', '"1001"'), "the counter ACTOR_LIMIT"],
  ["the bucket", (toml: string) => toml.replace("product-assets-staging", "product-assets"), "the bucket"],
])("staging that shares %s with production is told", async (_, spoil, shared) => {
  const target = targetOf(filledIn(spoil), "staging");
  const findings = await check(target, played(target, { commands: { "versions view": json(version(target)) } }));
  expect(findings).toContainEqual(
    expect.objectContaining({
      what: "apart from production",
      state: "differs",
      found: expect.stringContaining(shared),
    }),
  );
});
