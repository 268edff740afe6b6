import { table } from "../../src/dev/local/papers/table.ts";
import type { Table } from "../support/tell.ts";
import type { Line, Paper } from "./line.ts";
import { type Part, type Result, sizeReached, totalOf } from "./result.ts";

/** A line with its result, and whether the line's sources are as they were when it was measured. */
export interface Shown {
  readonly line: Line;
  readonly result: Result | undefined;
  readonly isFresh: boolean;
}

/** Whether a line holds, in the words of the paper. */
export type Verdict =
  | "holds"
  | "holds at the suite's size"
  | "does not hold"
  | "not yet at its full size"
  | "never run";

const number = (value: number) =>
  Number.isInteger(value) ? value.toLocaleString("en-US") : String(Math.round(value * 1000) / 1000);
const cell = (value: string | number) => (typeof value === "number" ? number(value) : value).replaceAll("\n", " ");

/** Markdown of a table. */
const tableText = ({ columns, rows }: Table): string =>
  table(
    columns,
    rows.map((row) => row.map(cell)),
  );

const failuresOf = (parts: readonly Part[]) => parts.flatMap(({ failures }) => failures);

export function verdictOf({ line, result }: Pick<Shown, "line" | "result">): Verdict {
  if (!result || result.parts.length === 0) return "never run";
  if (failuresOf(result.parts).length > 0 || totalOf(result.parts).misses.length > 0) return "does not hold";
  const sizes = sizeReached(line, result.parts);
  if (sizes) return sizes.reached >= sizes.promised ? "holds" : "not yet at its full size";
  return result.parts.every(({ part }) => part === 0) ? "holds at the suite's size" : "holds";
}

/** The figures of a line in one cell. */
export function figuresText({ line, result }: Pick<Shown, "line" | "result">): string {
  if (!result) return "";
  const { counts, worst, values } = totalOf(result.parts);
  const sizes = sizeReached(line, result.parts);
  const rest = Object.entries({ ...counts, ...worst, ...values }).filter(([name]) => name !== line.full?.count);
  return [
    ...(sizes && line.full ? [`${number(sizes.reached)} of ${number(sizes.promised)} ${line.full.count}`] : []),
    ...rest.map(([name, value]) => `${name}: ${typeof value === "number" ? number(value) : value}`),
  ].join("; ");
}

/** Stands after the verdict of a line whose sources have changed. Such a line fails no check. */
const measuredOn = ({ commit }: Result) => ` (measured on ${commit})`;

/** A paper without the marks of stale lines: what two renderings on different sources have in common. */
export const withoutStaleMarks = (paper: string): string => paper.replaceAll(/ \(measured on [\w+]+\)/g, "");

/** The text of a paper. */
export function paperText(paper: Paper, shown: readonly Shown[]): string {
  const summary = tableText({
    columns: ["line", "subject", "promised", "verdict", "figures", "run"],
    rows: shown.map(({ line, result, isFresh }) => [
      line.id,
      line.title,
      line.promised,
      `${verdictOf({ line, result })}${result && !isFresh ? measuredOn(result) : ""}`,
      figuresText({ line, result }),
      result ? `${result.date}, ${runText(result)}` : "",
    ]),
  });
  const details = shown.flatMap(({ line, result }) => {
    if (!result) return [];
    const { tables, misses } = totalOf(result.parts);
    const failures = failuresOf(result.parts).map(({ test, message }) => `- ${cell(test)}: ${cell(message)}`);
    const parts = [
      ...(failures.length > 0 ? [`What failed:\n\n${failures.join("\n")}`] : []),
      ...(misses.length > 0 ? [`What does not hold:\n\n${misses.map((miss) => `- ${cell(miss)}`).join("\n")}`] : []),
      ...Object.entries(tables).map(([heading, table]) => `### ${heading}\n\n${tableText(table)}`),
    ];
    return parts.length > 0 ? [`## ${line.id}: ${line.title}\n\n${parts.join("\n\n")}`] : [];
  });
  return `${[`# ${paper.title}`, paper.introduction, summary, ...details].join("\n\n")}\n`;
}

function runText({ parts }: Result): string {
  const minutes = parts.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  return `${parts.length} part${parts.length === 1 ? "" : "s"}, ${Math.max(1, Math.round(minutes))} min`;
}
