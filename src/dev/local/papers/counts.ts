import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../root.ts";

/** The table of counts that a test compares with the running server. */
const TABLE = "test/counts/table.md";

/** What one call costs, as the table has it. */
export interface CallCounts {
  readonly trips: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly kvReads: number;
  readonly kvWrites: number;
  readonly r2: number;
  readonly stripe: number;
}

const COLUMNS: Readonly<Record<keyof CallCounts, string>> = {
  trips: "trips",
  rowsRead: "rows read",
  rowsWritten: "rows written",
  kvReads: "KV read",
  kvWrites: "KV written",
  r2: "R2",
  stripe: "Stripe",
};

/** Reads the committed table of counts, and answers what finds a call by its name there. That throws for an unknown name. */
export function committedCounts(): (name: string) => CallCounts {
  const rows = readFileSync(join(ROOT, TABLE), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const [head = []] = rows;
  const byName = new Map(rows.map((row) => [row[0]?.replaceAll("`", ""), row]));
  return (name) => {
    const row = byName.get(name);
    if (!row) throw new Error(`${TABLE} has no row ${name}`);
    const figure = (column: string) => Number.parseInt(row[head.indexOf(column)] ?? "", 10);
    return Object.fromEntries(Object.entries(COLUMNS).map(([key, column]) => [key, figure(column)])) as never;
  };
}
