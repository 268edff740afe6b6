import type { World } from "../support/world.ts";

/** The tables whose rows have versions: each new version is a state change. */
export const VERSIONED = [
  "checkout_intents",
  "product_entitlements",
  "billing_subscriptions",
  "publisher_plan_entitlements",
  "product_asset_uploads",
  "affiliate_commission_ledger_entries",
  "operations",
  "stripe_webhook_events",
] as const;

/** A change of a versioned row, as the database itself noted it. */
export interface Change {
  readonly seq: number;
  readonly tbl: (typeof VERSIONED)[number];
  readonly id: string;
  /** Null for a row that was deleted. */
  readonly status: string | null;
  /** Null for a new row. */
  readonly old_updated_at: number | null;
  readonly updated_at: number;
  /** Whether another column than the version changed, the bookkeeping of checks and searches aside. */
  readonly differs: number;
  /** The Checkout Session of a checkout. */
  readonly session: string | null;
}

/** Columns that may change within one version: whose turn it is, what was searched, how often it was tried. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  "updated_at",
  "check_at",
  "purchase_version",
  "session_searched_to",
  "session_tries_json",
  "answer_removed_at",
  "attempts",
  "delivered_at",
  "came_by",
  "state_event_at",
  "state_event_rank",
  "state_event_id",
]);

/** Lets the database note each change of a versioned row, in the order of commits. No product code sees the journal. */
export async function keepJournal({ db, all }: World): Promise<void> {
  await db.exec(
    "CREATE TABLE world_journal (seq INTEGER PRIMARY KEY, tbl TEXT, id TEXT, status TEXT, old_updated_at INTEGER, updated_at INTEGER, differs INTEGER, session TEXT)",
  );
  for (const table of VERSIONED) {
    const columns = await all<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`);
    const facts = columns.map(({ name }) => name).filter((name) => !BOOKKEEPING.has(name));
    const differs = facts.map((name) => `OLD.${name} IS NOT NEW.${name}`).join(" OR ");
    const session = (row: string) => (table === "checkout_intents" ? `${row}.stripe_checkout_session_id` : "NULL");
    const note = (values: string) =>
      `INSERT INTO world_journal (tbl, id, status, old_updated_at, updated_at, differs, session) VALUES ('${table}', ${values});`;
    await db.exec(
      `CREATE TRIGGER world_${table}_insert AFTER INSERT ON ${table} BEGIN ${note(`NEW.id, NEW.status, NULL, NEW.updated_at, 1, ${session("NEW")}`)} END`.replaceAll(
        "NEW.status",
        table === "affiliate_commission_ledger_entries" ? "NEW.ledger_status" : "NEW.status",
      ),
    );
    await db.exec(
      `CREATE TRIGGER world_${table}_update AFTER UPDATE ON ${table} WHEN OLD.updated_at IS NOT NEW.updated_at OR ${differs} BEGIN ${note(`NEW.id, NEW.status, OLD.updated_at, NEW.updated_at, ${differs}, ${session("NEW")}`)} END`.replaceAll(
        "NEW.status, OLD",
        table === "affiliate_commission_ledger_entries" ? "NEW.ledger_status, OLD" : "NEW.status, OLD",
      ),
    );
    await db.exec(
      `CREATE TRIGGER world_${table}_delete AFTER DELETE ON ${table} BEGIN ${note(`OLD.id, NULL, OLD.updated_at, OLD.updated_at, 1, ${session("OLD")}`)} END`,
    );
  }
}
