import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { STATE } from "../root.ts";
import type { Bench } from "./bench.ts";
import { marked, reachedIn, TELL } from "./marks.ts";
import type { Mutant } from "./mutants.ts";
import type { Scratch } from "./scratch.ts";

/** What a test file was seen to reach, and of which texts that holds. */
interface Seen {
  readonly testSha256: string;
  readonly sourceSha256: Readonly<Record<string, string>>;
  readonly ms: number;
  readonly parts: readonly string[];
}

export interface Reach {
  /** The test files that enter the part of a mutant, and how long each takes. */
  testsFor(mutant: Mutant): { test: string; ms: number }[];
}

/** Enough for every file, also on a busy machine. */
const LIMIT_MS = 300_000;

/**
 * Runs every wanted test file once on marked sources; one that fails as things are is left out, since it would call every
 * mutant killed. A test file that has not changed is not run again: of a source that has, it is taken to reach everything
 * once it has reached anything.
 */
export async function measureReach(
  scratch: Scratch,
  bench: Bench,
  files: readonly string[],
  wanted: (test: string) => boolean,
  say: (line: string) => void,
): Promise<Reach> {
  const notes = openNotes();
  const originals = new Map(files.map((file) => [file, scratch.read(file)]));
  const marks = new Map(Array.from(originals, ([file, text]) => [file, marked(file, text)]));
  const sourceSha256 = Object.fromEntries(Array.from(originals, ([file, text]) => [file, sha256(text)]));
  const tests = new Map<string, Seen>();
  for (const [file, { text }] of marks) scratch.write(file, text);
  for (const test of (await bench.tests()).filter(wanted)) {
    const original = scratch.read(test);
    const testSha256 = sha256(original);
    let seen = notes.get(test);
    if (seen?.testSha256 !== testSha256) {
      scratch.write(test, original + TELL);
      const { outcome, ms, output } = await bench.run(test, LIMIT_MS);
      scratch.write(test, original);
      if (outcome !== "passed") {
        say(`${test} ${outcome} without any mutant, and is left out`);
        continue;
      }
      seen = { testSha256, sourceSha256, ms, parts: reachedIn(output) };
      notes.set(test, seen);
      say(`${test} reaches ${seen.parts.length} parts in ${(ms / 1000).toFixed(1)} s`);
    }
    tests.set(test, seen);
  }
  for (const [file, text] of originals) scratch.write(file, text);
  // Marks and endings are forgotten with the process.
  await bench.restart();
  return {
    testsFor({ file, start }) {
      const part = marks.get(file)?.partAt(start);
      const enters = (seen: Seen) =>
        seen.sourceSha256[file] === sourceSha256[file]
          ? seen.parts.some((one) => one === part)
          : seen.parts.some((one) => one.startsWith(`${file}#`));
      return [...tests].filter(([, seen]) => enters(seen)).map(([test, { ms }]) => ({ test, ms }));
    },
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function openNotes() {
  const path = join(STATE, "mutation-reach.json");
  const notes = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, Seen>) : {};
  return {
    get: (test: string) => notes[test],
    set(test: string, seen: Seen) {
      notes[test] = seen;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify(notes));
    },
  };
}
