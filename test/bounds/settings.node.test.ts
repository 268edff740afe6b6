import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { BOUNDS, type Bound } from "../../src/base/bounds.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { suiteFiles } from "../support/suite-files.ts";
import { tell } from "../support/tell.ts";

/** A `ratelimits` binding, as wrangler reads it. */
interface Counter {
  readonly name: string;
  readonly namespace_id: string;
  readonly simple: { readonly limit: number; readonly period: number };
}

test("the counters of wrangler.toml have the numbers of the bounds", () => {
  const { ratelimits } = readConfig({ config: "wrangler.toml" }) as { ratelimits: readonly Counter[] };
  const found = ratelimits.map(({ name, simple }) => [name, simple.limit, simple.period]);
  const declared = Object.values(BOUNDS).flatMap(({ binding, most, seconds }: Bound) =>
    binding ? [[binding, most, seconds]] : [],
  );
  expect(found.toSorted()).toEqual(declared.toSorted());
  expect(new Set(ratelimits.map(({ namespace_id }) => namespace_id)).size).toBe(found.length);
  // The binding knows these periods alone.
  for (const [, , seconds] of declared) expect([10, 60]).toContain(seconds);
});

test("each bound says what it counts and why", () => {
  for (const [name, { most, what, reason }] of Object.entries(BOUNDS)) {
    expect([name, most > 0, what.length > 10, reason.length > 20]).toEqual([name, true, true, true]);
  }
});

test("each bound is met by a test that names it", ({ task }) => {
  const texts = suiteFiles()
    .filter((name) => !name.endsWith("settings.node.test.ts"))
    .map((name) => readFileSync(join(ROOT, name), "utf8"));
  const named = (name: string) => texts.some((text) => new RegExp(`BOUNDS\\.${name}\\b|["']${name}["']`).test(text));
  const names = Object.keys(BOUNDS);
  expect(names.filter((name) => !named(name))).toEqual([]);
  tell(task, "S11", { counts: { "bounds met by a test": names.length } });
});
