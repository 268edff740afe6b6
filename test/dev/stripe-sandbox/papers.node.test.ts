import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../src/dev/local/root.ts";
import { control } from "../../../src/dev/stripe-sandbox/control.ts";

test("the README names every way to steer the stand-in for Stripe, and none that is not there", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const [, table = ""] = readme.split("| `localhost:8788/_sandbox` |");
  const [rows = ""] = table.split("\n\n");
  const named = Array.from(rows.matchAll(/`((?:GET|POST|DELETE) \/[^`]*)`/g), ([, call]) => call);
  const answered = control.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path}`);
  expect(named.toSorted()).toEqual([...new Set(answered)].toSorted());
  expect(named.length).toBeGreaterThan(15);
});
