import { SEALED_TABLES } from "../db/schema/sealed-tables.ts";
import { type RowRecord, rowSha256 } from "../db/sealed-rows.ts";

type SealedTable = (typeof SEALED_TABLES)[number];
/** The rows of each sealed table beside the audit, by the table's name. */
export type SealedRows = Readonly<Record<SealedTable["table"], readonly RowRecord[]>>;

/** The faults that were found, in words, and how many rows were held against the audit. */
interface RowsVerdict {
  readonly faults: readonly string[];
  readonly rows: number;
}

/**
 * Holds the rows of the other sealed tables against the hashes in the audit, whose own rows the seals cover. The faults: a
 * row was edited, was added without an audit row, or is gone.
 */
export async function verifyRows(audit: readonly RowRecord[], found: SealedRows): Promise<RowsVerdict> {
  const faults: string[] = [];
  let rows = 0;
  for (const table of SEALED_TABLES) {
    const sealed = found[table.table].filter((row) => !("seededStatus" in table) || row.status !== table.seededStatus);
    rows += sealed.length;
    faults.push(...(await faultsOf(table, audit, sealed)));
  }
  return { faults, rows };
}

async function faultsOf(
  { table, events, auditColumn, rowColumn }: SealedTable,
  audit: readonly RowRecord[],
  rows: readonly RowRecord[],
): Promise<string[]> {
  const auditRows = audit.filter((row) => events.some((event) => event === row.event_kind));
  const auditRowsOf = Map.groupBy(auditRows, (row) => row[auditColumn]);
  const kept = new Set(rows.map((row) => row[rowColumn]));
  const faults: string[] = [];
  for (const row of rows) {
    const its = auditRowsOf.get(row[rowColumn]) ?? [];
    if (its.length === 0) faults.push(`${table}: the row ${row.id} was added: no row of the audit tells of it.`);
    const hash = await rowSha256(row);
    for (const { sequence, row_sha256 } of its) {
      if (row_sha256 === hash) continue;
      faults.push(`${table}: the row ${row.id} is not as row ${sequence} of the audit has it.`);
    }
  }
  for (const row of auditRows) {
    if (kept.has(row[auditColumn])) continue;
    faults.push(`${table}: the row that row ${row.sequence} of the audit tells of, ${row[auditColumn]}, is gone.`);
  }
  return faults;
}
