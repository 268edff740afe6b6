import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { ScriptError } from "../../src/dev/local/run-script.ts";
import type { Figures, Table } from "../support/tell.ts";
import type { Line } from "./line.ts";

const FOLDER = join(import.meta.dirname, "../results");

/** One run of the tests of a line, with the figures that they told. */
export interface Part extends Figures {
  /** `TEST_PART` and `TEST_SEED` of the run, which repeat it; 0 for a run of the suite. */
  readonly part: number;
  readonly seconds: number;
  readonly passed: number;
  readonly failures: readonly { readonly test: string; readonly message: string }[];
}

/** The file of a line: all parts that ran on the same sources. */
export interface Result {
  readonly line: string;
  readonly date: string;
  /** The commit that ran, with a plus sign where files differed from it. */
  readonly commit: string;
  /** SHA-256 of the sources that the line depends on. */
  readonly sources: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly parts: readonly Part[];
}

const pathOf = ({ id }: Line) => join(FOLDER, `${id}.json`);

const numbers = z.record(z.string(), z.number()).optional();

/** The shape of a result file, so far that a broken file, or that of another line, is refused. */
const resultShape = z.looseObject({
  line: z.string(),
  date: z.string(),
  commit: z.string(),
  sources: z.string(),
  versions: z.record(z.string(), z.string()),
  parts: z.array(
    z.looseObject({
      part: z.int(),
      seconds: z.number(),
      passed: z.int(),
      failures: z.array(z.object({ test: z.string(), message: z.string() })),
      counts: numbers,
      worst: numbers,
      values: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
    }),
  ),
});

/** The result of a line; undefined where it has never run. Throws a `ScriptError` for a file that is no result of the line. */
export function readResult(line: Line): Result | undefined {
  const path = pathOf(line);
  if (!existsSync(path)) return undefined;
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    given = undefined;
  }
  const read = resultShape.safeParse(given);
  if (read.success && read.data.line === line.id) return read.data as unknown as Result;
  throw new ScriptError(
    `test/results/${line.id}.json is no result of the line ${line.id}: delete it and run the line again`,
  );
}

/** Writes the result of a line. A kill leaves the earlier file or the new one, whole. */
export function writeResult(line: Line, result: Result): void {
  mkdirSync(dirname(pathOf(line)), { recursive: true });
  const beside = `${pathOf(line)}.new`;
  writeFileSync(beside, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(beside, pathOf(line));
}

/** The figures of several parts, or tests, put together. */
export function totalOf(parts: readonly Figures[]): Required<Figures> {
  const counts: Record<string, number> = {};
  const worst: Record<string, number> = {};
  const values: Record<string, number | string> = {};
  const tables: Record<string, Table> = {};
  const misses = new Set<string>();
  for (const part of parts) {
    for (const [name, count] of Object.entries(part.counts ?? {})) counts[name] = (counts[name] ?? 0) + count;
    for (const [name, value] of Object.entries(part.worst ?? {})) worst[name] = Math.max(worst[name] ?? value, value);
    Object.assign(values, part.values);
    for (const [name, table] of Object.entries(part.tables ?? {})) {
      const rows = new Map([...(tables[name]?.rows ?? []), ...table.rows].map((row) => [row[0], row]));
      tables[name] = { columns: table.columns, rows: [...rows.values()] };
    }
    for (const miss of part.misses ?? []) misses.add(miss);
  }
  return { counts, worst, values, tables, misses: [...misses] };
}

/** The size that was reached, beside the promised one; undefined for a line of one part. */
export function sizeReached({ full }: Line, parts: readonly Part[]): { reached: number; promised: number } | undefined {
  return full && { reached: totalOf(parts).counts[full.count] ?? 0, promised: full.size };
}

/** Whether a line has nothing left to run. Part 0 has the smaller size of the suite. */
export function isFull(line: Line, parts: readonly Part[]): boolean {
  const sizes = sizeReached(line, parts);
  return sizes ? sizes.reached >= sizes.promised : parts.some(({ part }) => part > 0);
}
