import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inTemporaryFolder } from "../../src/dev/local/in-temporary-folder.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { readRun } from "../report/suite-run.ts";
import { partNumber } from "../support/size.ts";
import { suiteFiles } from "../support/suite-files.ts";
import { tell } from "../support/tell.ts";

/** How many files a part runs: the first part takes the first ten of the suite, the second the next ten. */
const FILES = 10;

test("files of the suite pass beside eight busy loops", async ({ task }) => {
  const all = suiteFiles();
  const from = ((partNumber ?? 1) - 1) * FILES;
  const files = Array.from({ length: FILES }, (_, at) => all[(from + at) % all.length] ?? "");
  await inTemporaryFolder(async (folder) => {
    const file = join(folder, "run.json");
    // At the size of the suite, and without the projects of a report.
    const { TEST_PART: _part, TEST_BENCH: _bench, ...env } = process.env;
    const args = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...files];
    const child = spawn(process.execPath, [join(ROOT, "test/support/busy.ts"), ...args], {
      cwd: ROOT,
      env,
      stdio: "inherit",
    });
    await new Promise((resolve, reject) => child.on("error", reject).on("exit", resolve));
    const { testResults } = readRun(file);
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const failed = tests.filter(({ status }) => status === "failed").map(({ fullName }) => fullName);
    expect(failed).toEqual([]);
    expect(testResults).toHaveLength(new Set(files).size);
    expect(testResults.filter(({ status }) => status !== "passed").map(({ name }) => name)).toEqual([]);
    tell(task, "P15", {
      counts: { "test files": testResults.length, tests: tests.length, failures: failed.length },
      values: { "busy loops": 8 },
    });
  });
});
