import { misused, readArguments } from "../../src/dev/local/arguments.ts";
import { runScript } from "../../src/dev/local/run-script.ts";
import { onStopSignal } from "../../src/dev/local/stop-signals.ts";
import type { Paper } from "./line.ts";
import { shownLines, writePaper } from "./papers.ts";
import { figuresText, verdictOf } from "./render.ts";
import { readResult, totalOf } from "./result.ts";
import { runLine, takeFromSuite } from "./run-lines.ts";
import { hashSources } from "./sources.ts";
import { readRun } from "./suite-run.ts";

const usageOf = ({
  path,
  command,
  lines,
}: Paper) => `npm run -s ${command} -- [--only <line> …] [--full] [--minutes <n>] [--write] [--from <file>] [--json]

Runs one part of each line that has no result yet, and writes ${path}.
  --only <line>  runs this line, also when its sources changed; may be repeated
  --full         goes on until each line has its full size
  --minutes <n>  the same, and begins no part that would end later; the next call resumes
  --write        runs nothing, and writes the paper from the result files
  --from <file>  runs nothing, and takes the figures of a run of the suite: npx vitest run --reporter=json --outputFile.json=<file>
  --json         prints the lines as JSON and nothing else (with npm run -s); progress goes to standard error

Lines: ${lines.map(({ id }) => id).join(", ")}`;

/** Runs lines of a paper and writes it. Exit code 1 when a line that ran does not hold, 130 when it was stopped. */
export async function runPaper(paper: Paper): Promise<void> {
  await runScript(async () => {
    const usage = usageOf(paper);
    const { only, full, minutes, write, from, json } = readArguments(usage, {
      options: {
        only: { type: "string", multiple: true },
        full: { type: "boolean", default: false },
        minutes: { type: "string" },
        write: { type: "boolean", default: false },
        from: { type: "string" },
        json: { type: "boolean", default: false },
      },
    }).values;
    const wanted = only?.flatMap((ids) => ids.split(","));
    const unknown = wanted?.find((id) => !paper.lines.some((line) => line.id === id));
    if (unknown !== undefined) throw misused(`There is no line ${unknown}`, usage);
    if (minutes !== undefined && !(Number(minutes) > 0)) throw misused("--minutes is a number above 0", usage);
    const end = minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(minutes) * 60_000;

    // Taken at the start: a result belongs to the sources that its run began with. Ctrl-C would stop esbuild, too.
    const hashes = await hashSources(paper.lines);
    const stopping = new AbortController();
    onStopSignal(() => stopping.abort());
    const output = json ? process.stderr : process.stdout;
    const runsNothing = write || from !== undefined;
    const toRun = paper.lines.filter(
      (line) =>
        !runsNothing &&
        (wanted?.includes(line.id) ?? (full || minutes !== undefined || readResult(line) === undefined)),
    );
    if (from !== undefined) {
      const run = readRun(from);
      for (const line of paper.lines) takeFromSuite(line, hashes.get(line.id) ?? "", run);
    }
    for (const line of toRun) {
      if (stopping.signal.aborted) break;
      await runLine(line, hashes.get(line.id) ?? "", {
        output,
        signal: stopping.signal,
        toTheEnd: full || minutes !== undefined,
        mayBegin: (seconds) => Date.now() + seconds * 1000 < end,
      });
    }
    const shown = shownLines(paper, hashes);
    writePaper(paper, shown);
    const rows = shown.map(({ line, result, isFresh }) => ({
      line: line.id,
      verdict: verdictOf({ line, result }),
      ...(result && !isFresh && { measuredOn: result.commit }),
      ...(result && totalOf(result.parts)),
    }));
    if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    else {
      output.write("\n");
      for (const { line, result, isFresh } of shown) {
        const stale = result && !isFresh ? `, measured on ${result.commit}` : "";
        output.write(`${line.id.padEnd(8)}${verdictOf({ line, result })}${stale}  ${figuresText({ line, result })}\n`);
      }
      output.write(`\n${paper.path} is written.\n`);
    }
    const ran = new Set(toRun.map(({ id }) => id));
    if (stopping.signal.aborted) return 130;
    return shown.some((one) => ran.has(one.line.id) && verdictOf(one) === "does not hold") ? 1 : 0;
  });
}
