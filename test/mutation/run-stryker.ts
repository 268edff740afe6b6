import { spawn } from "node:child_process";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { keyOf, type Mutant } from "../../src/dev/local/mutant-sample.ts";
import { ROOT } from "../../src/dev/local/root.ts";

/** What became of a mutant. A test that fails or never ends has noticed it. */
export type Outcome = "killed" | "survived" | "no test reaches it";

/** What Stryker's JSON report says, as far as it is read here. Lines and columns are counted from 1. */
interface Report {
  readonly files: Readonly<
    Record<string, { readonly mutants: readonly (Omit<Mutant, "fileName"> & { readonly status: string })[] }>
  >;
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  Killed: "killed",
  Timeout: "killed",
  // The Worker did not start with it.
  RuntimeError: "killed",
  Survived: "survived",
  NoCoverage: "no test reaches it",
};

/** `a{b,c}d` as `abd` and `acd`: their order is the order in which tests run. */
function spelledOut(pattern: string): string[] {
  const [, before = "", words, after = ""] = /^(.*?)\{([^}]*)\}(.*)$/.exec(pattern) ?? [];
  return words === undefined ? [pattern] : words.split(",").flatMap((word) => spelledOut(`${before}${word}${after}`));
}

/** The test files of some patterns that run in the Workers runtime, in the order of the patterns. */
export function testFiles(patterns: readonly string[]): readonly string[] {
  const found = patterns.flatMap(spelledOut).flatMap((pattern) => globSync(pattern, { cwd: ROOT }).sort());
  return [...new Set(found)].filter((file) => !file.endsWith(".node.test.ts"));
}

/** Runs some mutants against these tests, and tells what became of each, by its key. */
export async function runStryker(
  name: string,
  mutants: readonly Mutant[],
  tests: readonly string[],
): Promise<ReadonlyMap<string, Outcome>> {
  const folder = join("artifacts/mutation", name);
  mkdirSync(join(ROOT, folder), { recursive: true });
  const only = join(ROOT, folder, "only.json");
  writeFileSync(only, JSON.stringify(mutants.map(keyOf)));
  const files = [...new Set(mutants.map(({ fileName }) => relative(ROOT, fileName)))];
  const env = { MUTATE_FILES: files.join(","), MUTATE_FOLDER: folder, MUTATE_ONLY: only, MUTATE_STATIC: "1" };
  await stryker({ ...env, MUTATE_TESTS: testFiles(tests).join(","), TEST_SEED: "1", TEST_PART: "" });
  const report = JSON.parse(readFileSync(join(ROOT, folder, "report.json"), "utf8")) as Report;
  const told = new Map<string, string>();
  for (const [name, file] of Object.entries(report.files)) {
    for (const { status, ...mutant } of file.mutants) {
      const [start, end] = [mutant.location.start, mutant.location.end].map(({ line, column }) => ({
        line: line - 1,
        column: column - 1,
      }));
      if (!start || !end) continue;
      told.set(keyOf({ ...mutant, fileName: resolve(ROOT, name), location: { start, end } }), status);
    }
  }
  return new Map(
    mutants.map((mutant) => {
      const outcome = OUTCOMES[told.get(keyOf(mutant)) ?? ""];
      if (!outcome) throw new Error(`Stryker says ${told.get(keyOf(mutant))} of ${keyOf(mutant)}`);
      return [keyOf(mutant), outcome];
    }),
  );
}

async function stryker(env: NodeJS.ProcessEnv): Promise<void> {
  const bin = join(ROOT, "node_modules/@stryker-mutator/core/bin/stryker.js");
  const args = [bin, "run", "--concurrency", "1", "--reporters", "progress-append-only,json"];
  // The runner of this test is vitest too: what it sets for its own workers is not for those of Stryker.
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:VITEST|NODE_OPTIONS)/.test(name)),
  );
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...inherited, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-4_000);
      console.log(String(chunk).trimEnd());
    });
  }
  const code = await new Promise((done, reject) => child.on("error", reject).on("exit", done));
  if (code !== 0) throw new Error(`Stryker ended with ${code}:\n${output}`);
}
