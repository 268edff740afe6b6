import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../src/dev/local/root.ts";
import { figures } from "./figures.ts";
import type { Paper } from "./line.ts";
import { promises } from "./promises.ts";
import { paperText, type Shown } from "./render.ts";
import { readResult } from "./result.ts";

const HOW_TO_READ =
  "*holds*: all that was promised was seen, at its full size; *at the suite's size*: in the run of the suite, which draws fewer cases than a part of a report. *does not hold*: the case stands below the table. *measured on* a commit: a file that the line depends on has changed since. The seed of a part is its number.";

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
  introduction: `Made by \`npm run bench\` from the files in \`test/results/\`, which measurements have written. ${HOW_TO_READ}`,
  lines: figures,
};

/** Each line of a paper with what the result files say. `hashes` has the sources of today, by line. */
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
