import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { ROOT } from "../../src/dev/local/root.ts";
import type { Told } from "../support/tell.ts";
import type { Line } from "./line.ts";
import { type Part, totalOf } from "./result.ts";

/** What vitest's JSON reporter says of a run, as far as it is read here. */
export interface RunReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    /** Milliseconds. */
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
      readonly meta: { readonly told?: Told };
    }[];
  }[];
}

/** The first line of a text, without colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with one
export const firstLine = (text: string) => text.replace(/\u001b\[\d+m/g, "").split("\n")[0] ?? "";

/** Reads the file that `--reporter=json --outputFile.json=…` made vitest write. Throws where there is none. */
export const readRun = (file: string): RunReport => JSON.parse(readFileSync(file, "utf8")) as RunReport;

/**
 * A part of a line from a run, which may have run other tests, too. Counted as failures are a failed test, a file that did
 * not start, a line none of whose tests ran (a skipped test did not run), and a line none of whose tests told a figure.
 */
export function partOf(line: Line, run: RunReport, { part, seconds }: Pick<Part, "part" | "seconds">): Part {
  const files = run.testResults.filter(({ name }) => line.tests.includes(relative(ROOT, name)));
  const tests = files
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed" || status === "failed");
  const told = tests.flatMap(({ meta }) => meta?.told?.[line.id] ?? []);
  const failures = files.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === "failed");
    if (assertionResults.length === 0) {
      failed.push({ fullName: "", status: "failed", failureMessages: [message], meta: {} });
    }
    return failed.map(({ fullName, failureMessages }) => ({
      test: `${relative(ROOT, name)}: ${fullName}`,
      message: firstLine(failureMessages?.[0] ?? ""),
    }));
  });
  if (tests.length === 0) failures.push({ test: line.id, message: "no test ran" });
  else if (failures.length === 0 && told.length === 0) {
    failures.push({ test: line.id, message: "no test told a figure" });
  }
  const figures = totalOf(told);
  const passed = tests.filter(({ status }) => status === "passed").length;
  return { part, seconds, passed, failures, ...figures };
}

/** How long the files of a line took, in seconds. */
export const secondsOf = ({ tests }: Line, { testResults }: RunReport): number =>
  Math.round(
    testResults
      .filter(({ name }) => tests.includes(relative(ROOT, name)))
      .reduce((sum, { startTime, endTime }) => sum + Math.max(0, endTime - startTime), 0) / 1000,
  );
