import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";
import type { Line } from "./line.ts";
import { paperText, verdictOf, withoutStaleMarks } from "./render.ts";
import { isFull, type Part, type Result, totalOf } from "./result.ts";
import { readImports, sourcesOf } from "./sources.ts";
import { partOf } from "./suite-run.ts";

const line: Line = {
  id: "X1",
  title: "A thing happens once",
  promised: "10 tries",
  tests: ["test/base/money.test.ts"],
  full: { count: "tries", size: 10 },
};
const part = (one: Partial<Part>): Part => ({ part: 1, seconds: 30, passed: 1, failures: [], ...one });
const resultOf = (...parts: Part[]): Result => ({
  line: "X1",
  date: "2026-11-29",
  commit: "abc1234",
  sources: "0",
  versions: {},
  parts,
});

test("over parts, counts are added up, the largest of the worst stays, and a row replaces an earlier one with the same first cell", () => {
  const table = (rows: [string, number][]) => ({ Found: { columns: ["what", "times"], rows } });
  expect(
    totalOf([
      part({
        counts: { tries: 4 },
        worst: { effects: 1 },
        values: { seed: 1 },
        tables: table([["a", 1]]),
        misses: ["slow"],
      }),
      part({
        counts: { tries: 6 },
        worst: { effects: 0 },
        values: { seed: 2 },
        tables: table([
          ["b", 3],
          ["a", 2],
        ]),
        misses: ["slow"],
      }),
    ]),
  ).toEqual({
    counts: { tries: 10 },
    worst: { effects: 1 },
    values: { seed: 2 },
    tables: table([
      ["a", 2],
      ["b", 3],
    ]),
    misses: ["slow"],
  });
});

test("a line holds only at its full size, and never with a failure or a missed goal", () => {
  const verdict = (...parts: Part[]) => verdictOf({ line, result: resultOf(...parts) });
  expect(verdictOf({ line, result: undefined })).toBe("never run");
  expect(verdict()).toBe("never run");
  expect(verdict(part({ counts: { tries: 9 } }))).toBe("not yet at its full size");
  expect(verdict(part({ counts: { tries: 9 } }), part({ counts: { tries: 1 } }))).toBe("holds");
  expect(verdict(part({ counts: { tries: 10 }, misses: ["1.4 of 1.2"] }))).toBe("does not hold");
  expect(verdict(part({ counts: { tries: 10 }, failures: [{ test: "a", message: "b" }] }))).toBe("does not hold");
  const inOnePart = { ...line, full: undefined } as unknown as Line;
  expect(verdictOf({ line: inOnePart, result: resultOf(part({ part: 0 })) })).toBe("holds at the suite's size");
  expect(verdictOf({ line: inOnePart, result: resultOf(part({ part: 1 })) })).toBe("holds");
  expect(isFull(line, [part({ counts: { tries: 9 } })])).toBe(false);
  expect([[], [part({ part: 0 })], [part({ part: 1 })]].map((parts) => isFull(inOnePart, parts))).toEqual([
    false,
    false,
    true,
  ]);
});

describe("the paper", () => {
  const paper = { path: "X.md", command: "report", title: "T", introduction: "I", lines: [line] } as const;
  const result = resultOf(part({ counts: { tries: 3 }, failures: [{ test: "a.test.ts: x", message: "1 | 2" }] }));

  test("tells the size reached beside the promised one, and each failure", () => {
    const text = paperText(paper, [{ line, result, isFresh: true }]);
    expect(text).toContain("| 3 of 10 tries |");
    expect(text).toContain("- a.test.ts: x: 1 | 2");
    expect(text).not.toContain("measured on");
  });

  test("marks a line whose sources changed with its commit, and differs in nothing else", () => {
    const fresh = paperText(paper, [{ line, result, isFresh: true }]);
    const stale = paperText(paper, [{ line, result, isFresh: false }]);
    expect(stale).toContain("does not hold (measured on abc1234)");
    expect(withoutStaleMarks(stale)).toBe(fresh);
  });
});

test("the sources of a line are what its tests import, and what every test runs on", async () => {
  const overSocket = { ...line, tests: ["test/e2e/story.node.test.ts"] };
  const imports = await readImports([line, overSocket]);
  const sources = sourcesOf(line, imports);
  expect(sources).toEqual(expect.arrayContaining(["src/base/money.ts", "test/base/money.test.ts", "wrangler.toml"]));
  expect(sources.filter((path) => path.startsWith("src/http/"))).toEqual([]);
  // A test over a socket runs the bundle, which is the whole product.
  const ofTheBundle = sourcesOf(overSocket, imports);
  expect(ofTheBundle).toEqual(expect.arrayContaining(["src/worker.ts", "src/http/router.ts", "test/e2e/start.ts"]));
});

describe("a line in a run of the suite", () => {
  const ran = (status: string, told?: Record<string, object>) => ({
    name: join(ROOT, "test/base/money.test.ts"),
    status: "passed",
    message: "",
    startTime: 0,
    endTime: 0,
    assertionResults: [{ fullName: "a", status, failureMessages: null, meta: told ? { told } : {} }],
  });
  const failuresOf = (file: ReturnType<typeof ran>) =>
    partOf(line, { testResults: [file] }, { part: 0, seconds: 1 }).failures.map(({ message }) => message);

  test("has no failure when a test passed and told its figures; a skipped or silent test is one", () => {
    expect(failuresOf(ran("passed", { X1: { counts: { tries: 1 } } }))).toEqual([]);
    expect(failuresOf(ran("passed"))).toEqual(["no test told a figure"]);
    expect(failuresOf(ran("skipped"))).toEqual(["no test ran"]);
    expect(failuresOf({ ...ran("passed"), name: join(ROOT, "test/base/days.test.ts") })).toEqual(["no test ran"]);
  });
});
