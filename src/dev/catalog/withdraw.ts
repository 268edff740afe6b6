import type { CatalogStatement, StoredRow } from "../seeds/statement.ts";

/** What becomes of a row that the files no longer have. Rows of past sales refer to most of them, so few are removed. */
interface Leaving {
  /** What happens, for people: `is no longer sold`. */
  readonly words: string;
  /** The columns that are set; left out, the row is removed. */
  readonly set?: StoredRow;
  /** Whether this row is to change: it may have been set before, or stand for a sale that is under way. */
  readonly isDue: (row: StoredRow, files: { has(table: string, id: string): boolean }) => boolean;
}

const always = () => true;

/**
 * By table. A table without an entry keeps its rows: nothing is listed or sold by a product, a stack, an access product or a
 * program alone, and entitlements and clicks refer to them.
 */
const LEAVING: Readonly<Record<string, Leaving>> = {
  commerce_prices: { words: "is made inactive", set: { active: 0 }, isDue: ({ active }) => active === 1 },
  stack_offers: {
    words: "is no longer listed or sold",
    set: { withdrawn: 1 },
    isDue: ({ withdrawn }) => withdrawn === 0,
  },
  plans: {
    words: "is no longer listed or sold; who has it keeps it",
    set: { withdrawn: 1 },
    isDue: ({ withdrawn }) => withdrawn === 0,
  },
  grant_maps: {
    words: "is removed: later payments of its price do not grant it",
    // A price that left too may be in a checkout that is still paid: that payment grants what was bought.
    isDue: ({ price_id }, files) => files.has("commerce_prices", String(price_id)),
  },
  referral_links: { words: "is disabled", set: { status: "disabled" }, isDue: ({ status }) => status !== "disabled" },
  commission_rules: { words: "is removed", isDue: always },
  product_protected_content_sections: { words: "is removed", isDue: always },
  published_prose: { words: "is removed: neutral words stand in for it", isDue: always },
};

/** A row that leaves, and the statement that makes it so. */
interface LeavingRow {
  readonly words: string;
  readonly statement: CatalogStatement;
}

/** What becomes of a row that the files lack; undefined where it stays as it is. */
export function leavingRow(
  table: string,
  key: readonly string[],
  row: StoredRow,
  files: { has(table: string, id: string): boolean },
  now: number,
): LeavingRow | undefined {
  const leaving = LEAVING[table];
  if (!leaving?.isDue(row, files)) return undefined;
  const where = key.map((column) => `${column} = ?`).join(" AND ");
  const of = key.map((column) => row[column] ?? null);
  const { words, set } = leaving;
  if (!set) return { words, statement: { of: "catalog", sql: `DELETE FROM ${table} WHERE ${where}`, params: of } };
  const columns = Object.keys(set).map((column) => `${column} = ?`);
  // Confirmations of it become stale. The clock of this machine may be behind that of an earlier change.
  const sql = `UPDATE ${table} SET ${columns.join(", ")}, updated_at = max(?, updated_at + 1) WHERE ${where}`;
  return { words, statement: { of: "catalog", sql, params: [...Object.values(set), now, ...of] } };
}
