import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";
import { AREAS } from "./areas.ts";
import { mutatedText } from "./mutated-text.ts";
import { mutantsOf, sampleOf } from "./population.ts";
import { overall, wilson } from "./score.ts";
import { checksLifted, triggersChanged } from "./sql-mutants.ts";
import { spelledOut, testFiles } from "./test-files.ts";

test("each pattern of an area finds files, and no file is in two areas", () => {
  const areaOf = new Map<string, string>();
  for (const { id, mutate, tests, wider } of AREAS) {
    for (const pattern of mutate) {
      // Without this a renamed file would be left out unnoticed.
      for (const one of spelledOut(pattern)) expect(globSync(one, { cwd: ROOT }), one).not.toEqual([]);
    }
    for (const one of [...tests, ...wider].flatMap(spelledOut)) expect(testFiles([one]), one).not.toEqual([]);
    for (const file of globSync([...mutate], { cwd: ROOT })) {
      expect([file, areaOf.get(file)]).toEqual([file, undefined]);
      areaOf.set(file, id);
    }
  }
});

test("each file of the folders that S9 names is in an area", () => {
  const mutated = new Set(AREAS.flatMap(({ mutate }) => globSync([...mutate], { cwd: ROOT })));
  const folders = globSync("src/{kernel,approvals,facts,auth,audit,receipts,signing}/*.ts", { cwd: ROOT });
  const files = [...folders, ...globSync("src/commerce/purchase/*.ts", { cwd: ROOT })];
  expect(files.filter((file) => !mutated.has(file))).toEqual([]);
});

test("a seed draws the same mutants each time, and each of them is a program that differs from its file", async () => {
  const facts = AREAS.find(({ id }) => id === "facts");
  const all = await mutantsOf(facts?.mutate ?? []);
  expect(all.length).toBeGreaterThan(100);
  const drawn = sampleOf(all, 20, "1");
  expect(sampleOf(all.toReversed(), 20, "1")).toEqual(drawn);
  expect(sampleOf(all, 10, "1")).toEqual(drawn.slice(0, 10));
  expect(sampleOf(all, 20, "2")).not.toEqual(drawn);
  for (const mutant of drawn) expect(mutatedText(mutant)).not.toBe(readFileSync(mutant.fileName, "utf8"));
});

test("every trigger is dropped once, each condition is negated, and each CHECK lets all pass", () => {
  const texts = readdirSync(join(ROOT, "migrations"))
    .filter((name) => name.endsWith(".sql"))
    .map((name) => readFileSync(join(ROOT, "migrations", name), "utf8"));
  const count = (pattern: RegExp) => texts.reduce((sum, text) => sum + (text.match(pattern)?.length ?? 0), 0);
  const triggers = triggersChanged();
  expect(triggers.filter(({ what }) => what.startsWith("no trigger "))).toHaveLength(count(/^CREATE TRIGGER /gm));
  expect(triggers.filter(({ what }) => what.endsWith(" WHEN NOT"))).toHaveLength(
    texts.filter((text) => /^CREATE TRIGGER [^;]*?\bWHEN [\s\S]*?\nBEGIN/m.test(text)).length,
  );
  // A table that was made anew has its checks once more, under the same names.
  const checks = texts.flatMap((text) => Array.from(text.matchAll(/\bCONSTRAINT (\w+) CHECK \(/g), ([, name]) => name));
  expect(checksLifted()).toHaveLength(new Set(checks).size);
  for (const { migration, from, to } of [...triggers, ...checksLifted()]) {
    const text = readFileSync(join(ROOT, "migrations", migration), "utf8");
    expect(text.split(from), `${migration}: ${from}`).toHaveLength(2);
    expect(to).not.toBe(from);
  }
});

test("the interval is Wilson's, and an area counts by its number of mutants", () => {
  // Wilson 1927, as in Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  for (const [seen, sample, from, to] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const interval = wilson(seen / sample, sample);
    expect(interval[0]).toBeCloseTo(from, 4);
    expect(interval[1]).toBeCloseTo(to, 4);
  }
  const one = { area: "one", all: 100, drawn: 10, killed: 10 };
  const other = { area: "other", all: 300, drawn: 10, killed: 6 };
  expect(overall([one]).interval).toEqual(wilson(1, 10));
  expect(overall([one, other]).share).toBeCloseTo(0.25 + 0.75 * 0.6, 10);
  expect(overall([one, other]).interval).toEqual(wilson(0.25 + 0.75 * 0.6, 1 / (0.25 ** 2 / 10 + 0.75 ** 2 / 10)));
});
