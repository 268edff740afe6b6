import type { Business } from "../seeds/business-shape.ts";
import { SeedError } from "../seeds/faults.ts";
import { SEEDED_TABLES, seedStatements } from "../seeds/seed-statements.ts";
import { literal } from "../seeds/sql-text.ts";
import { type CatalogStatement, type SeedRow, type Stored, type StoredRow, shapeOf } from "../seeds/statement.ts";
import type { CatalogDatabase } from "./database.ts";
import { leavingRow } from "./withdraw.ts";

/** A field that an apply would change. */
interface FieldChange {
  readonly field: string;
  readonly from: Stored;
  readonly to: Stored;
}

/** A row as people find it: its table, and its key without the business. */
interface NamedRow {
  readonly table: string;
  readonly id: string;
}

/** How the files of a business differ from a database. */
export interface Comparison {
  /** False: the database holds nothing of the business yet. */
  readonly isLoaded: boolean;
  readonly added: readonly NamedRow[];
  readonly changed: readonly (NamedRow & { readonly fields: readonly FieldChange[] })[];
  readonly leaving: readonly (NamedRow & { readonly words: string })[];
  /** Rows by table as they stand, and as an apply would leave those that the files have. */
  readonly before: RowsByTable;
  readonly after: RowsByTable;
  /** What an apply runs, without its audit: what leaves goes first, since what comes may take its place. */
  readonly statements: readonly CatalogStatement[];
}

/** Rows by their table and then by `idOf` their key. */
export type RowsByTable = ReadonlyMap<string, ReadonlyMap<string, StoredRow>>;

/** Tables that the server writes too: a row that the files lack is the server's, and stays. */
const SHARED_TABLES = ["user", "product_entitlement_revocation_intents"];

/** Compares the files of a business with a database. Reads alone. */
export async function compare(database: CatalogDatabase, business: Business, now: number): Promise<Comparison> {
  const wanted = seedStatements(business, now);
  const { ownerUserId } = business.files.business;
  const tables = tablesOf(ownerUserId);
  const rows = await database.read(tables.map(({ select }) => select));
  const before = new Map(
    tables.map(({ table, key }, index) => [table, new Map((rows[index] ?? []).map((row) => [idOf(row, key), row]))]),
  );
  const after = new Map(tables.map(({ table }) => [table, new Map<string, StoredRow>()]));
  for (const { row } of wanted) {
    const ofTable = after.get(row.table);
    if (!ofTable) throw new Error(`${row.table} is missing in SEEDED_TABLES`);
    ofTable.set(idOf(row.key, Object.keys(row.key)), { ...row.key, ...row.fields });
  }
  const standing = ({ table, key }: SeedRow) => before.get(table)?.get(idOf(key, Object.keys(key)));
  const has = (table: string, id: string) => after.get(table)?.has(id) ?? false;

  assertFree(before, after);
  const added = wanted.filter(({ row }) => !standing(row));
  const changed = wanted.flatMap((statement) => {
    const { row } = statement;
    const there = standing(row);
    const fields = there && !row.keepsExisting ? changesOf(there, row.fields) : [];
    return fields.length > 0 ? [{ statement, fields }] : [];
  });
  const leaving = tables.flatMap(({ table, key }) => {
    if (SHARED_TABLES.includes(table)) return [];
    return [...(before.get(table) ?? [])].flatMap(([id, row]) => {
      const left = has(table, id) ? undefined : leavingRow(table, key, row, { has }, now);
      return left ? [{ table, id, ...left }] : [];
    });
  });
  const writes = new Set<CatalogStatement>([...added, ...changed.map(({ statement }) => statement)]);
  return {
    isLoaded: added.length < wanted.length,
    added: added.map(({ row }) => namedRow(row)),
    changed: changed.map(({ statement, fields }) => ({ ...namedRow(statement.row), fields })),
    leaving: leaving.map(({ table, id, words }) => ({ table, id, words })),
    before,
    after,
    statements: [...leaving.map(({ statement }) => statement), ...wanted.filter((statement) => writes.has(statement))],
  };
}

/** Columns that are unique in a business, with the file and the field that they come from. */
const UNIQUE = [
  { table: "commerce_products", column: "slug", file: "products.json", field: "slug" },
  { table: "commerce_prices", column: "stripe_price_id", file: "prices.json", field: "stripePriceId" },
  { table: "stack_offers", column: "public_offer_id", file: "offers.json", field: "publicOfferId" },
  { table: "referral_links", column: "code", file: "affiliates.json", field: "code" },
] as const;

/** Throws a `SeedError` where a row takes over what another row of the database has: past sales know that row by it. */
function assertFree(before: RowsByTable, after: RowsByTable): void {
  const faults = UNIQUE.flatMap(({ table, column, file, field }) => {
    const holders = new Map([...(before.get(table) ?? [])].map(([id, row]) => [row[column], id]));
    return [...(after.get(table) ?? [])].flatMap(([id, row]) => {
      const holder = row[column] === null ? undefined : holders.get(row[column]);
      if (holder === undefined || holder === id) return [];
      const way = `keep the id ${holder}, or give ${id} another ${field}`;
      const message = `must not be taken over: ${row[column]} of ${id} is that of ${holder} in the database, by which past sales know it, so ${way}`;
      return [{ file, path: [field], message }];
    });
  });
  if (faults.length > 0) throw new SeedError(faults);
}

/** Whether nothing differs. */
export const isSame = ({ statements }: Comparison): boolean => statements.length === 0;

const namedRow = ({ table, key }: SeedRow): NamedRow => ({ table, id: idOf(key, Object.keys(key)) });

/** A row's key without the business, as text. */
function idOf(row: StoredRow, key: readonly string[]): string {
  const own = key.filter((column) => column !== "owner_user_id");
  return (own.length > 0 ? own : key).map((column) => String(row[column])).join(" ");
}

function changesOf(there: StoredRow, fields: StoredRow): FieldChange[] {
  return Object.entries(fields).flatMap(([field, to]) => {
    const from = there[field] ?? null;
    return from === to ? [] : [{ field, from, to }];
  });
}

/** Every table that the seeds can write, with its key and the SELECT of the business's rows. */
function tablesOf(ownerUserId: string) {
  const owner = literal(ownerUserId);
  return SEEDED_TABLES.map((seeded) => {
    const { name: table, key } = shapeOf(seeded);
    // Of the owner's account only its existence is compared: people change the rest.
    const select =
      table === "user"
        ? `SELECT id FROM user WHERE id = ${owner}`
        : `SELECT * FROM ${table} WHERE owner_user_id = ${owner}`;
    return { table, key, select };
  });
}
