import { spawn } from "node:child_process";
import { join } from "node:path";
import { inTemporaryFolder } from "../../src/dev/local/in-temporary-folder.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import type { Line } from "./line.ts";
import type { Part } from "./result.ts";
import { partOf, type RunReport, readRun } from "./suite-run.ts";

/** Where the output of the tests goes while they run. */
export interface Progress {
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** Runs the tests of a line once, with the number of the part as seed. Answers undefined when the run was stopped. */
export async function runPart(line: Line, part: number, { output, signal }: Progress): Promise<Part | undefined> {
  const begun = Date.now();
  return inTemporaryFolder(async (folder) => {
    const file = join(folder, "run.json");
    const code = await runTests(line, { TEST_PART: String(part), TEST_SEED: String(part) }, file, { output, signal });
    if (signal.aborted) return undefined;
    let report: RunReport;
    try {
      report = readRun(file);
    } catch {
      throw new Error(`vitest ended with code ${code} and without a report`);
    }
    return partOf(line, report, { part, seconds: Math.round((Date.now() - begun) / 1000) });
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
  // The tests start processes of their own, which are of the same group.
  const stop = () => child.pid && process.kill(-child.pid, "SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise((resolve, reject) => child.on("error", reject).on("exit", (code) => resolve(code ?? 1)));
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
