import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const textOf = (paper: string) => readFileSync(join(root, paper), "utf8");

/** Every path of ours that a text names. */
const pathsIn = (text: string) =>
  Array.from(text.matchAll(/(?:test|src|resources|tools|migrations|seeds)\/[\w./-]*\w/g), ([path]) => path);

/** The tests and scripts among them: what tries a part. */
const trials = (text: string) => pathsIn(text).filter((path) => /\.test\.ts$|^src\/dev\/[\w-]+\.ts$/.test(path));

/** The parts of a page, by their heading. */
const sections = (text: string) =>
  text
    .split(/^## /m)
    .slice(1)
    .map((part) => ({ heading: part.split("\n", 1)[0] ?? "", part }));

const PAPERS = ["OPERATING.md", "SECURITY.md"];

test.each(PAPERS)("each file that %s names is there", (paper) => {
  const named = pathsIn(textOf(paper));
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test.each(PAPERS)("each part of %s names what tries it", (paper) => {
  const parts = sections(textOf(paper));
  expect(parts.length).toBeGreaterThan(2);
  expect(parts.filter(({ part }) => trials(part).length === 0).map(({ heading }) => heading)).toEqual([]);
});

test("each line of who attacks names the test that shows what stops them, and the page is short", () => {
  const text = textOf("SECURITY.md");
  const rows = text
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2);
  expect(rows.length).toBeGreaterThan(12);
  expect(rows.filter((row) => trials(row.split("|").at(-2) ?? "").length === 0)).toEqual([]);
  expect(text.split("\n").length).toBeLessThanOrEqual(80);
});

test("each field of health that an alert watches is one", () => {
  const [, alerts = ""] = textOf("OPERATING.md").split("## What to alert on");
  const rows = alerts.split("\n\n")[1]?.split("\n").slice(3) ?? [];
  const watched = rows.flatMap((row) =>
    Array.from((row.split("|")[1] ?? "").matchAll(/`(\w+)[.\w]*`/g), ([, name]) => name),
  );
  const health = textOf("resources/health.ts");
  expect(watched.length).toBeGreaterThan(10);
  expect(watched.filter((name) => !new RegExp(`^ {2,6}${name}[:,]`, "m").test(health))).toEqual([]);
});

test("a file that is gone is found", () => {
  expect(pathsIn("see `test/no/such.test.ts`, [it](src/dev/no-such.ts).")).toEqual([
    "test/no/such.test.ts",
    "src/dev/no-such.ts",
  ]);
  expect(sections("# A\n\n## B\n\ntext\n\n## C\n`test/x.test.ts`").map(({ part }) => trials(part).length)).toEqual([
    0, 1,
  ]);
});
