import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { STATE } from "../root.ts";
import type { Bench } from "./bench.ts";
import { type Marked, marked, reachedIn, TELL } from "./marks.ts";
import type { Scratch } from "./scratch.ts";

/** Which parts of the sources a test file enters, and how long it takes. */
export interface Reached {
  readonly ms: number;
  readonly parts: readonly string[];
}

/** Enough for every file, also on a busy machine. */
const LIMIT_MS = 300_000;

export interface Reach {
  readonly marks: ReadonlyMap<string, Marked>;
  /** By test file; those that fail as things are have no entry, since they would call every mutant killed. */
  readonly tests: ReadonlyMap<string, Reached>;
}

/** Runs every wanted test file once on marked sources. What is known of files that have not changed since is taken from last time. */
export async function measureReach(
  scratch: Scratch,
  bench: Bench,
  files: readonly string[],
  wanted: (test: string) => boolean,
  say: (line: string) => void,
): Promise<Reach> {
  const known = openKnown();
  const marks = new Map(files.map((file) => [file, marked(file, scratch.read(file))]));
  const originals = new Map(files.map((file) => [file, scratch.read(file)]));
  const sources = digest(...originals.values());
  const tests = new Map<string, Reached>();
  for (const [file, { text }] of marks) scratch.write(file, text);
  for (const test of (await bench.tests()).filter(wanted)) {
    const original = scratch.read(test);
    const key = digest(sources, test, original);
    let reached = known.get(key);
    if (!reached) {
      scratch.write(test, original + TELL);
      const { outcome, ms, output } = await bench.run(test, LIMIT_MS);
      scratch.write(test, original);
      if (outcome !== "passed") {
        say(`${test} ${outcome} without any mutant, and is left out`);
        continue;
      }
      reached = { ms, parts: reachedIn(output) };
      known.set(key, reached);
      say(`${test} reaches ${reached.parts.length} parts in ${(ms / 1000).toFixed(1)} s`);
    }
    tests.set(test, reached);
  }
  for (const [file, text] of originals) scratch.write(file, text);
  // Marks and endings are forgotten with the process.
  await bench.restart();
  return { marks, tests };
}

function digest(...texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text).update("\0");
  return hash.digest("hex");
}

function openKnown() {
  const path = join(STATE, "mutation-reach.json");
  const known = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, Reached>) : {};
  return {
    get: (key: string) => known[key],
    set(key: string, reached: Reached) {
      known[key] = reached;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify(known));
    },
  };
}
