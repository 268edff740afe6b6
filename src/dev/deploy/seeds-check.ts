import { seedStatements } from "../seeds/seed-statements.ts";
import { literal } from "../seeds/sql-text.ts";
import { differs, type Finding, missing, notLookedAt, ok } from "./finding.ts";
import type { Outside } from "./outside.ts";
import { type Row, readRows } from "./remote-database.ts";
import type { Target } from "./target.ts";
import { deployCommand } from "./worker-check.ts";

/** A row that the seeds write. `fields` is empty where a row that exists stays as it is. */
interface SeedRow {
  readonly table: string;
  readonly key: Row;
  readonly fields: Row;
}

/** The most rows of a statement, and the most bytes of a command: one argument of a process has 128 KiB on Linux. */
const MOST_KEYS = 100;
const MOST_BYTES = 60_000;

/** The business in the deployed database against its files: rows that are missing, and rows that an `apply` would change. */
export async function seedsFinding(target: Target, outside: Outside): Promise<Finding> {
  const what = "business in the database";
  const wanted = seedRows(target, outside.now());
  const found = new Map<string, Row>();
  for (const reads of commandsOf(wanted)) {
    const read = await readRows(
      target,
      outside,
      reads.map(({ sql }) => sql),
    );
    if ("reason" in read) return notLookedAt(what, { found: read.reason, fix: [] });
    reads.forEach(({ table, keys }, index) => {
      for (const row of read.rows[index] ?? [])
        found.set(
          nameOf(
            table,
            keys.map((key) => row[key]),
          ),
          row,
        );
    });
  }
  const rowOf = ({ table, key }: SeedRow) => found.get(nameOf(table, Object.values(key)));
  const absent = wanted.filter((row) => !rowOf(row));
  const changed = wanted.filter((row) => {
    const there = rowOf(row);
    return there && Object.entries(row.fields).some(([column, value]) => there[column] !== value);
  });
  if (absent.length === wanted.length) {
    return missing(what, {
      found: "the business is not loaded",
      wanted: `${wanted.length} rows`,
      fix: [deployCommand(target)],
    });
  }
  if (absent.length + changed.length === 0) return ok(what, `${wanted.length} rows as in ${target.folder}`);
  return differs(what, {
    found: [...countsOf("missing", absent), ...countsOf("other", changed)].join(", "),
    wanted: `the ${wanted.length} rows of ${target.folder}`,
    fix: [deployCommand(target)],
  });
}

function countsOf(word: string, rows: readonly SeedRow[]): string[] {
  return [...Map.groupBy(rows, ({ table }) => table)].map(([table, of]) => {
    const names = of.slice(0, 3).map(({ key }) => Object.values(key).slice(-1).join());
    return `${word} in ${table}: ${names.join(", ")}${of.length > 3 ? ` and ${of.length - 3} more` : ""}`;
  });
}

const nameOf = (table: string, key: readonly unknown[]): string => JSON.stringify([table, ...key]);

function seedRows({ business }: Target, now: number): SeedRow[] {
  return seedStatements(business, now).map(({ sql, params }) => {
    const parts = /^INSERT INTO (\w+) \(([^)]+)\) .* ON CONFLICT \(([^)]+)\) DO (NOTHING|UPDATE)/.exec(sql);
    if (!parts) throw new Error("a statement of the seeds that is no upsert");
    const [, table = "", columns = "", keys = "", then] = parts;
    const row = columns.split(", ").map((column, index) => [column, params[index] ?? null] as const);
    const own = row.filter(([column]) => column !== "created_at" && column !== "updated_at");
    const keyColumns = keys.split(", ");
    const isKey = ([column]: readonly [string, unknown]) => keyColumns.includes(column);
    return {
      table,
      // In the order of the key, as rows are found by it.
      key: Object.fromEntries(keyColumns.map((column) => [column, Object.fromEntries(row)[column]])),
      fields: then === "UPDATE" ? Object.fromEntries(own.filter((pair) => !isKey(pair))) : {},
    };
  });
}

interface Read {
  readonly table: string;
  readonly keys: readonly string[];
  readonly sql: string;
}

/** The SELECTs that read the rows, as many to a command as it carries. */
function commandsOf(rows: readonly SeedRow[]): readonly (readonly Read[])[] {
  const reads = [
    ...Map.groupBy(rows, ({ table, fields }) => JSON.stringify([table, Object.keys(fields)])).values(),
  ].flatMap((of) => chunks(of, MOST_KEYS).map(readOf));
  const commands: Read[][] = [];
  let bytes = MOST_BYTES;
  for (const read of reads) {
    bytes += Buffer.byteLength(read.sql);
    if (bytes > MOST_BYTES) {
      commands.push([]);
      bytes = Buffer.byteLength(read.sql);
    }
    commands.at(-1)?.push(read);
  }
  return commands;
}

function readOf(rows: readonly SeedRow[]): Read {
  const [first] = rows;
  if (!first) throw new Error("a read of no rows");
  const keys = Object.keys(first.key);
  const values = rows.map(
    ({ key }) =>
      `(${Object.values(key)
        .map((value) => literal(value as string | number))
        .join(", ")})`,
  );
  const columns = [...keys, ...Object.keys(first.fields)].join(", ");
  const sql = `SELECT ${columns} FROM ${first.table} WHERE (${keys.join(", ")}) IN (VALUES ${values.join(", ")})`;
  return { table: first.table, keys, sql };
}

const chunks = <T>(all: readonly T[], size: number): (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
