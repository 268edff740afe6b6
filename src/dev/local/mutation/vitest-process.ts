import { relative } from "node:path";
import { createVitest, type Reporter } from "vitest/node";
import type { Question, TestRun } from "./bench.ts";

/** Started by a bench inside of a scratch copy: answers each question by running one test file. */
const root = process.cwd();
let output = "";
const listener: Reporter = {
  onUserConsoleLog: ({ content }) => {
    output += content;
  },
};

// The tests against the bundle and in the browser are left out: they build and start it anew for each mutant.
const vitest = await createVitest({
  root,
  watch: false,
  bail: 1,
  maxWorkers: 1,
  project: ["worker", "node"],
  reporters: [listener],
});
await vitest.standalone();
const specifications = await vitest.globTestSpecifications();
const byFile = new Map(specifications.map((one) => [relative(root, one.moduleId), one]));

async function answer(question: Question): Promise<Omit<TestRun, "ms">> {
  const specification = byFile.get(question.test);
  if (!specification) throw new Error(`there is no test file ${question.test}`);
  for (const file of question.changed) vitest.invalidateFile(`${root}/${file}`);
  output = "";
  const { unhandledErrors } = await vitest.runTestSpecifications([specification]);
  const passed = specification.testModule?.ok() === true && unhandledErrors.length === 0;
  return { outcome: passed ? "passed" : "failed", output };
}

process.on("message", async (question: Question | "tests") => {
  process.send?.(question === "tests" ? [...byFile.keys()] : await answer(question));
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
