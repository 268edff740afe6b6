import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";
import { sourceFiles } from "../support/source-files.ts";
import { BENCH, REPORT, storedPaper } from "./papers.ts";
import { paperText, withoutStaleMarks } from "./render.ts";
import { readResult } from "./result.ts";
import { readImports, sourcesOf } from "./sources.ts";

const lines = [...REPORT.lines, ...BENCH.lines];

/** Each call of `tell`: the line that it names, and the file in which it stands. */
const told = sourceFiles(join(ROOT, "test"), /\.ts$/).flatMap((name) => {
  const text = readFileSync(join(ROOT, "test", name), "utf8");
  return Array.from(text.matchAll(/\btell\(\s*task,\s*"([\w-]+)"/g), ([, line = ""]) => ({
    line,
    file: join("test", name),
  }));
});

test("no two lines have one id, and each test file exists", () => {
  expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  expect(lines.flatMap(({ tests }) => tests).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test("each call of tell names a line, and each line has one in its own tests or in what they import", async () => {
  expect(told.filter(({ line }) => !lines.some(({ id }) => id === line))).toEqual([]);
  const imports = await readImports(lines);
  for (const line of lines) {
    const sources = sourcesOf(line, imports);
    const tellers = told.filter((one) => one.line === line.id && sources.includes(one.file));
    expect([line.id, tellers.length > 0]).toEqual([line.id, true]);
  }
});

describe.each([REPORT, BENCH])("$path", (paper) => {
  test("is what the result files say", () => {
    const shown = paper.lines.map((line) => ({ line, result: readResult(line), isFresh: true }));
    expect(withoutStaleMarks(storedPaper(paper))).toBe(paperText(paper, shown));
  });
});
