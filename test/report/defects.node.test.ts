import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";
import { spoiled } from "./defects/defect.ts";
import { DEFECTS, WITHOUT_DEFECT } from "./defects/list.ts";
import { promises } from "./promises.ts";

test("each line has a defect, or a reason why it has none", () => {
  const without = promises.map(({ id }) => id).filter((id) => !DEFECTS.some(({ promise }) => promise === id));
  expect(without.filter((id) => !(id in WITHOUT_DEFECT))).toEqual([]);
  expect(DEFECTS.filter(({ promise }) => promise in WITHOUT_DEFECT)).toEqual([]);
});

test("no two defects have one sentence", () => {
  expect(new Set(DEFECTS.map(({ what }) => what)).size).toBe(DEFECTS.length);
});

test.each(DEFECTS)("$promise: $what", (defect) => {
  const { promise, file, tests } = defect;
  const text = readFileSync(join(ROOT, file), "utf8");
  expect(spoiled(text, defect)).not.toBe(text);
  expect(tests.length).toBeGreaterThan(0);
  const line = promises.find(({ id }) => id === promise);
  expect(line?.tests).toEqual(expect.arrayContaining([...tests]));
});
