import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "../../../src/dev/local/root.ts";
import { firstLine, readRun } from "../suite-run.ts";
import { type Defect, spoiled } from "./defect.ts";

/** What no copy needs. */
const LEFT_OUT = new Set([".git", ".state", ".wrangler", "node_modules", "dist", "artifacts"]);
/** Far beyond what the tests of a defect take. */
const PATIENCE_MS = 600_000;

/** What came of a test in the copy. */
export interface Seen {
  readonly file: string;
  readonly test: string;
  /** The first line of the failure; undefined for a test that passed. */
  readonly failure: string | undefined;
}

/** The copy is inside the tree, so that its packages are found. */
const COPY = join(ROOT, ".state", "defects");

/** Hands a copy of the tree to `use`, and deletes it afterwards; the packages that vitest bundled stay for the next copy. */
export async function inCopy<T>(use: (copy: string) => Promise<T>): Promise<T> {
  mkdirSync(COPY, { recursive: true });
  empty();
  try {
    for (const name of readdirSync(ROOT)) {
      if (!LEFT_OUT.has(name)) cpSync(join(ROOT, name), join(COPY, name), { recursive: true });
    }
    // A failed property looks for a smaller case, which takes minutes and tells nothing here.
    putInto(COPY, { file: "test/support/random.ts", find: "const SMALLER = 400;", put: "const SMALLER = 0;" });
    return await use(COPY);
  } finally {
    empty();
  }
}

function empty(): void {
  for (const name of readdirSync(COPY)) {
    if (name !== "node_modules") rmSync(join(COPY, name), { recursive: true, force: true });
  }
}

/**
 * Runs the tests of a defect on a copy that has it, and answers the first that failed because of it; undefined where none
 * did. That they pass without the mistake is shown by the suite, which runs the same files at the same size.
 */
export async function caughtBy(copy: string, defect: Defect, seed: number): Promise<Seen | undefined> {
  const restore = putInto(copy, defect);
  try {
    const seen = await runTests(copy, defect.tests, seed);
    return seen.find(({ failure }) => failure !== undefined && isVerdict(failure));
  } finally {
    restore();
  }
}

/** Failures that say nothing about the mistake: the test did not start, hung, or met code that does not compile. */
const NO_VERDICT =
  /^(?:Syntax|Reference)Error|Test timed out|Hook timed out|Cannot find (?:module|package)|Failed to (?:load|resolve)|Transform failed/;
const isVerdict = (failure: string) => !NO_VERDICT.test(failure);

/** Puts a mistake into a copy; answers how to take it out again. */
function putInto(copy: string, defect: Pick<Defect, "file" | "find" | "put">): () => void {
  const path = join(copy, defect.file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, spoiled(text, defect));
  return () => writeFileSync(path, text);
}

/** Runs test files in the copy, up to the first failure. */
async function runTests(copy: string, files: readonly string[], seed: number): Promise<Seen[]> {
  const out = join(copy, "run.json");
  rmSync(out, { force: true });
  await vitest(copy, seed, ["--reporter=json", `--outputFile.json=${out}`, "--bail=1", ...files]);
  return readRun(out).testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "passed" || status === "failed")
      .map(({ fullName, status, failureMessages }) => ({
        file: relative(copy, name),
        test: fullName,
        failure: status === "failed" ? firstLine(failureMessages?.[0] ?? "") : undefined,
      })),
  );
}

async function vitest(copy: string, seed: number, args: readonly string[]): Promise<void> {
  // At the size of the suite, and without the settings of the run that started this one.
  const { TEST_PART: _, TEST_BENCH: __, TEST_PATH: ___, VITEST: ____, ...env } = process.env;
  const child = spawn(process.execPath, [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", ...args], {
    cwd: copy,
    env: { ...env, TEST_SEED: String(seed) },
    // Not detached: it belongs to the process group of the run that started this one, and ends with it.
    stdio: ["ignore", "ignore", "inherit"],
  });
  const timer = setTimeout(() => child.kill(), PATIENCE_MS);
  try {
    await new Promise((resolve, reject) => child.on("error", reject).on("exit", resolve));
  } finally {
    clearTimeout(timer);
  }
}
