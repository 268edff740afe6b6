import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../local/root.ts";
import { type Cell, type Run, STEPS, type Step } from "./steps.ts";

const name = "src/dev/clients/last-run.json";

/** The file of the last run of all clients. */
export const LAST_RUN = { name, path: join(ROOT, name) } as const;

/** The last run that was kept. */
export const lastRun = (): Run => JSON.parse(readFileSync(LAST_RUN.path, "utf8")) as Run;

/** A run as rows of a table, and the reasons that its cells name by number. */
export function runRows({ clients }: Run): { head: string[]; rows: string[][]; reasons: string[] } {
  const steps = Object.keys(STEPS) as Step[];
  const reasons: string[] = [];
  const numbered = (outcome: string, why: string | undefined) => {
    if (why === undefined) return outcome;
    if (!reasons.includes(why)) reasons.push(why);
    return `${outcome} (${reasons.indexOf(why) + 1})`;
  };
  const cellText = (cell: Cell) => numbered(cell.outcome, cell.outcome === "yes" ? cell.how : cell.why);
  const rows = clients.map(({ name, version, cells }) => [
    name,
    version,
    ...steps.map((step) => cellText(cells[step])),
  ]);
  return { head: ["client", "version", ...steps.map(stepName)], rows, reasons };
}

/** The run as a table for a terminal, with its reasons below. */
export function runTable(run: Run): string {
  const { head, rows, reasons } = runRows(run);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const notes = reasons.map((why, index) => `(${index + 1}) ${why}`);
  return [`${run.date}, Node ${run.node}`, "", line(head), ...rows.map(line), "", ...notes].join("\n");
}

/** A step as the head of its column. */
export const stepName = (step: Step): string => step.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
