import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { story } from "../../src/dev/local/demo/story.ts";
import { ROOT } from "../../src/dev/local/root.ts";

test("the demo tells the whole story and every step holds", () => {
  const script = join(ROOT, "src", "dev", "demo.ts");
  const told = spawnSync(process.execPath, [script, "--json"], { encoding: "utf8" });
  expect(told.stderr).toBe("");
  const { ok, steps } = JSON.parse(told.stdout) as {
    ok: boolean;
    steps: { id: string; ok: boolean; lines: string[] }[];
  };
  expect(steps.filter((step) => !step.ok)).toEqual([]);
  expect(steps.map(({ id }) => id)).toEqual(story.map(({ id }) => id));
  expect([ok, told.status]).toEqual([true, 0]);
});
