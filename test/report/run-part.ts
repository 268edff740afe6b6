import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { inTemporaryFolder } from "../../src/dev/local/in-temporary-folder.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import type { Told } from "../support/tell.ts";
import type { Line } from "./line.ts";
import { type Part, totalOf } from "./result.ts";

/** What vitest's JSON reporter says of a run, as far as it is read here. */
interface RunReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
      readonly meta: { readonly told?: Told };
    }[];
  }[];
}

/** Where the output of the tests goes while they run. */
export interface Progress {
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** The first line of a text, without colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with one
const firstLine = (text: string) => text.replace(/\u001b\[\d+m/g, "").split("\n")[0] ?? "";

/**
 * Runs the tests of a line once, with the part's number as its seed. Answers undefined when the run was stopped. A file that
 * did not start is a failure; so is a run without a test.
 */
export async function runPart(line: Line, part: number, { output, signal }: Progress): Promise<Part | undefined> {
  const begun = Date.now();
  return inTemporaryFolder(async (folder) => {
    const file = join(folder, "run.json");
    const code = await runTests(line, { TEST_PART: String(part), TEST_SEED: String(part) }, file, { output, signal });
    if (signal.aborted) return undefined;
    let report: RunReport;
    try {
      report = JSON.parse(readFileSync(file, "utf8")) as RunReport;
    } catch {
      throw new Error(`vitest ended with code ${code} and without a report`);
    }
    const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    const failures = report.testResults.flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === "failed");
      if (assertionResults.length === 0)
        failed.push({ fullName: "", status: "failed", failureMessages: [message], meta: {} });
      return failed.map(({ fullName, failureMessages }) => ({
        test: `${relative(ROOT, name)}: ${fullName}`,
        message: firstLine(failureMessages?.[0] ?? ""),
      }));
    });
    if (tests.length === 0) failures.push({ test: line.id, message: "no test ran" });
    const told = tests.flatMap(({ meta }) => meta?.told?.[line.id] ?? []);
    const { counts, worst, values, tables, misses } = totalOf(told);
    return {
      part,
      seconds: Math.round((Date.now() - begun) / 1000),
      passed: tests.filter(({ status }) => status === "passed").length,
      failures,
      counts,
      worst,
      values,
      tables,
      misses,
    };
  });
}

async function runTests(
  line: Line,
  env: NodeJS.ProcessEnv,
  file: string,
  { output, signal }: Progress,
): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      join(ROOT, "node_modules/vitest/vitest.mjs"),
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
      ...line.tests,
    ],
    { cwd: ROOT, env: { ...process.env, TEST_BENCH: "1", ...env }, stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  // The tests have children of their own: the whole group ends.
  const stop = () => child.pid && process.kill(-child.pid, "SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise((resolve, reject) => child.on("error", reject).on("exit", (code) => resolve(code ?? 1)));
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
