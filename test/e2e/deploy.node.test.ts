import { expect, inject, test } from "vitest";
import { realOutside } from "../../src/dev/deploy/outside.ts";
import { isOurs, publicFindings } from "../../src/dev/deploy/public-check.ts";
import { readTarget } from "../../src/dev/deploy/target.ts";

test("the real server answers the questions that a deployment asks it from outside", async () => {
  const target = { ...readTarget(undefined), publicUrl: inject("server").origin };
  const findings = await publicFindings(target, realOutside());
  expect(findings.filter(({ state }) => state !== "ok")).toEqual([]);
  expect(findings.length).toBe(5);
  expect(await isOurs(target.publicUrl, realOutside())).toBe(true);
  // The sandbox has a /health of its own, and is another server.
  expect(await isOurs(inject("server").sandboxUrl, realOutside())).toBe(false);
});
