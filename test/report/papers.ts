import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../src/dev/local/root.ts";
import { figures } from "./figures.ts";
import type { Paper } from "./line.ts";
import { promises } from "./promises.ts";
import { paperText, type Shown } from "./render.ts";
import { readResult } from "./result.ts";

const HOW_TO_READ = `The verdict of a line:

- *holds*: a run at the promised size saw all that is promised.
- *holds at the suite's size*: the run of the suite saw it, which draws fewer cases.
- *not yet at its full size*: no case failed, and the first figure has the size that was reached beside the promised one.
- *does not hold*: what failed or was missed is listed below the table.
- *measured on* a commit: a file that the line depends on has changed since. A plus sign: some files differed from that commit.

A line runs in parts. The number of a part is the seed of its random draws, so a part can be repeated.`;

const THE_WORKERS =
  "*Ours* is the bundle that is deployed. *Floor* is a Worker that checks the same token, runs the same SQL and answers the same bytes, and does nothing else. *Bare* is the handler of the protocol with one tool and one resource. Each runs in a `workerd` of its own on one machine, so ratios mean more than milliseconds.";

/** `test/REPORT.md`: what the server promises. */
export const REPORT: Paper = {
  path: "test/REPORT.md",
  command: "report",
  title: "What is promised, and what was seen",
  introduction: `Made by \`npm run report\` from the files in \`test/results/\`, which tests have written. ${HOW_TO_READ}`,
  lines: promises,
};

/** `test/BENCH.md`: what the server costs. */
export const BENCH: Paper = {
  path: "test/BENCH.md",
  command: "bench",
  title: "What it costs",
  introduction: `Made by \`npm run bench\` from the files in \`test/results/\`, which measurements have written. ${THE_WORKERS}\n\n${HOW_TO_READ}`,
  lines: figures,
};

/** Each line of a paper with its result. `hashes` has the hash of the line's sources as they are now. */
export function shownLines({ lines }: Paper, hashes: ReadonlyMap<string, string>): Shown[] {
  return lines.map((line) => {
    const result = readResult(line);
    return { line, result, isFresh: result?.sources === hashes.get(line.id) };
  });
}

/** The paper as it is stored. */
export const storedPaper = ({ path }: Paper): string => readFileSync(join(ROOT, path), "utf8");

/** Writes a paper. */
export function writePaper(paper: Paper, shown: readonly Shown[]): void {
  writeFileSync(join(ROOT, paper.path), paperText(paper, shown));
}
