import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "../../../src/dev/local/root.ts";
import { type Defect, spoiled } from "./defect.ts";

/** What no copy needs. */
const LEFT_OUT = new Set([".git", ".state", ".wrangler", "node_modules", "dist", "artifacts"]);
/** A run of a few files ends long before. */
const PATIENCE_MS = 600_000;

/** A test that failed, or passed, in a copy. */
export interface Seen {
  readonly file: string;
  readonly test: string;
  /** Of a failed test the first line of what it said; undefined where it passed. */
  readonly failure: string | undefined;
}

/** Where the copy stands: inside of the tree, so that its packages are found. */
const COPY = join(ROOT, ".state", "defects");

/** Hands a copy of the tree to `use`, and deletes it afterwards. What vitest has bundled stays for the next one. */
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

/** Runs the tests of a defect on a copy that has it, and answers the first that noticed; undefined where none did. */
export async function caughtBy(copy: string, defect: Defect, seed: number): Promise<Seen | undefined> {
  const restore = putInto(copy, defect);
  try {
    const seen = await runTests(copy, defect.tests, seed);
    return seen.find(({ failure }) => failure !== undefined && isVerdict(failure));
  } finally {
    restore();
  }
}

/** Runs the files of some tests on the copy as it is, and answers those of the tests that failed or did not run. */
export async function failingWithout(copy: string, tests: readonly Seen[], seed: number): Promise<readonly string[]> {
  const files = [...new Set(tests.map(({ file }) => file))];
  const passed = new Set((await runTests(copy, files, seed)).filter((one) => one.failure === undefined).map(nameOf));
  return tests.map(nameOf).filter((name) => !passed.has(name));
}

const nameOf = ({ file, test }: Seen) => `${file}: ${test}`;

/** A test that never started, hung, or met code that does not compile has noticed nothing. */
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

/** What vitest's JSON reporter says of a run, as far as it is read here. */
interface RunReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/** The first line of a text, without colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with one
const firstLine = (text: string) => text.replace(/\u001b\[\d+m/g, "").split("\n")[0] ?? "";

/** Runs test files in the copy, up to the first failure. */
async function runTests(copy: string, files: readonly string[], seed: number): Promise<Seen[]> {
  const out = join(copy, "run.json");
  rmSync(out, { force: true });
  await vitest(copy, seed, ["--reporter=json", `--outputFile.json=${out}`, "--bail=1", ...files]);
  const { testResults } = JSON.parse(readFileSync(out, "utf8")) as RunReport;
  return testResults.flatMap(({ name, assertionResults }) =>
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
  // As the suite runs it: no part of a report, and nothing of the run around it.
  const { TEST_PART: _, TEST_BENCH: __, TEST_PATH: ___, VITEST: ____, ...env } = process.env;
  const child = spawn(process.execPath, [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", ...args], {
    cwd: copy,
    env: { ...env, TEST_SEED: String(seed) },
    // Of the runner's group, so that it ends with it.
    stdio: ["ignore", "ignore", "inherit"],
  });
  const timer = setTimeout(() => child.kill(), PATIENCE_MS);
  try {
    await new Promise((resolve, reject) => child.on("error", reject).on("exit", resolve));
  } finally {
    clearTimeout(timer);
  }
}
