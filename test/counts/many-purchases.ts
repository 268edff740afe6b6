import type { World } from "../support/world.ts";

/** Tables of a purchase, and the columns that tell two purchases apart. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  operations: ["id", "idempotency_key", "audit_correlation_id"],
  checkout_intents: [
    "id",
    "idempotency_key",
    "operation_id",
    "audit_correlation_id",
    "stripe_checkout_session_id",
    "stripe_payment_intent_id",
    "stripe_subscription_id",
    "stripe_invoice_id",
  ],
  checkout_intent_lines: ["checkout_intent_id"],
  checkout_links: ["token_sha256", "checkout_intent_id"],
  checkout_facts: ["checkout_intent_id", "stripe_event_id"],
  payment_facts: ["stripe_payment_intent_id", "stripe_object_id", "stripe_event_id"],
  product_entitlements: ["id", "checkout_intent_id"],
  product_fulfillment_tasks: ["id", "checkout_intent_id", "entitlement_id"],
  stripe_webhook_events: ["id", "reference", "checkout_intent_id"],
  payment_audit_events: [
    "id",
    "checkout_intent_id",
    "operation_id",
    "audit_correlation_id",
    "stripe_event_id",
    "subject_id",
  ],
  approvals: ["id", "operation_id", "idempotency_key"],
  affiliate_referral_clicks: ["id", "idempotency_key"],
  checkout_referral_attributions: ["id", "checkout_intent_id", "referral_click_id"],
  affiliate_commission_ledger_entries: [
    "id",
    "checkout_intent_id",
    "idempotency_key",
    "operation_id",
    "referral_attribution_id",
    "referral_click_id",
  ],
  affiliate_commission_ledger_actions: [
    "id",
    "commission_ledger_id",
    "checkout_intent_id",
    "idempotency_key",
    "operation_id",
  ],
  checkout_post_purchase_decisions: ["id", "checkout_intent_id", "idempotency_key", "operation_id"],
  billing_subscriptions: ["id", "checkout_intent_id", "stripe_subscription_id"],
  billing_invoices: ["stripe_invoice_id", "stripe_subscription_id", "checkout_intent_id"],
  publisher_plan_entitlements: ["id", "checkout_intent_id"],
  order_payers: ["checkout_intent_id"],
  mail_outbox: ["id", "subject_id", "checkout_intent_id"],
  answer_follow_ups: ["decision_id", "checkout_intent_id"],
  order_links: ["token_sha256", "checkout_intent_id"],
  file_downloads: ["entitlement_id", "checkout_intent_id"],
  product_entitlement_revocation_intents: ["id", "target_entitlement_id", "closes_intent_id", "operation_id"],
  open_revocation_intents: ["entitlement_id", "revocation_intent_id"],
  personal_notes: ["row_id"],
};

/** One copy of so many belongs to the person of its original; the others belong to people who are made for them. */
const OTHERS = 100;
/** Purchases for each person who has an account. */
const PURCHASES_EACH = 10;
const AT_ONCE = 10_000;
/** The order of commits is the database's own to give. */
const GIVEN_BY_THE_DATABASE = new Set(["payment_audit_events.sequence"]);

interface Copying {
  readonly apart?: boolean;
  readonly atRest?: boolean;
  readonly grown?: (table: string, bytes: number) => void;
}

/** Orders that are paid. Their copies are delivered too. */
const RESTING = "(SELECT id FROM checkout_intents WHERE status = 'paid')";
/** What belongs to those orders, of the tables that do not name an order. */
const RESTING_ROWS: Readonly<Record<string, string>> = {
  checkout_intents: `id IN ${RESTING}`,
  operations: `id IN ${ofResting("operation_id", "payment_audit_events")}`,
  approvals: `operation_id IN ${ofResting("operation_id", "payment_audit_events")}`,
  affiliate_referral_clicks: `id IN ${ofResting("referral_click_id", "checkout_referral_attributions")}`,
  payment_facts: `stripe_payment_intent_id IN (SELECT stripe_payment_intent_id FROM checkout_intents WHERE id IN ${RESTING})`,
};

function ofResting(column: string, table: string): string {
  return `(SELECT ${column} FROM ${table} WHERE checkout_intent_id IN ${RESTING})`;
}

/** The condition for the rows of a table that belong to orders at rest. */
function restingRows(table: string, columns: readonly string[]): string {
  const named = columns.includes("checkout_intent_id") ? `checkout_intent_id IN ${RESTING}` : "0";
  return RESTING_ROWS[table] ?? named;
}

/**
 * Copies the rows of all purchases until there are about `total` more, each copy under ids and people of its own. The id of an
 * order ends in its number, ten hexadecimal digits. All copies have the time of their original, which is the worst for lists;
 * with `apart` they are a second apart, so that a list has the same order in each run. With `atRest` only paid orders are
 * copied that wait for nothing, and all belong to others. `grown` is called with the bytes that the rows of a table added to
 * the database.
 */
export async function multiplyPurchases(
  world: World,
  total: number,
  { apart = false, atRest = false, grown = () => {} }: Copying = {},
): Promise<void> {
  const { db } = world;
  const names = (await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>())
    .results;
  const present = Object.entries(TABLES).filter(([table]) => names.some(({ name }) => name === table));
  const columns = await Promise.all(
    present.map(async ([table, own]) => {
      const { results } = await db.prepare(`SELECT name FROM pragma_table_info('${table}')`).all<{ name: string }>();
      return { table, own, all: results.map(({ name }) => name) };
    }),
  );
  // What was sold long ago was mailed then.
  await world.all("UPDATE mail_outbox SET status = 'sent', sent_at = created_at WHERE status = 'queued'");
  for (const { table, all } of columns) {
    // The seeds say which intents are possible: those are no purchase's.
    const own = table === "product_entitlement_revocation_intents" ? "target_entitlement_id IS NOT NULL" : "1";
    await db
      .prepare(
        `CREATE TABLE template_${table} AS SELECT * FROM ${table} WHERE ${atRest ? restingRows(table, all) : own}`,
      )
      .run();
  }
  const [made] = await world.all<{ checkouts: number }>("SELECT count(*) AS checkouts FROM template_checkout_intents");
  const round = made?.checkouts ?? 0;
  const copies = Math.ceil(total / (made?.checkouts ?? 1));
  await writePeople(db, Math.max(OTHERS, Math.ceil(total / PURCHASES_EACH)));
  for (let from = 1; from <= copies; from += AT_ONCE) {
    const to = Math.min(copies, from + AT_ONCE - 1);
    const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})`;
    for (const { table, own, all } of columns) {
      const kept = all.filter((column) => !GIVEN_BY_THE_DATABASE.has(`${table}.${column}`));
      const values = kept.map((column) => {
        if (column === "checkout_intent_id" || (table === "checkout_intents" && column === "id")) {
          return `${column} || printf('%05x%05x', ${round}, i)`;
        }
        if (own.includes(column)) return `${column} || '-${round.toString(36)}-' || i`;
        if (atRest && column === "check_at") return "NULL";
        if (atRest && table === "product_fulfillment_tasks" && column === "status") return "'done'";
        if (apart && ["created_at", "paid_at"].includes(column)) return `${column} - i * 1000`;
        const stays = atRest ? "0" : `i % ${OTHERS} = 0`;
        if (column === "buyer_email_hash") {
          return `CASE WHEN ${stays} THEN ${column} ELSE substr(${column}, 1, 58) || printf('%06d', i % ${OTHERS}) END`;
        }
        if (["actor_id", "buyer_user_id", "actor_user_id"].includes(column)) {
          return `CASE WHEN ${column} IS NULL OR ${stays} THEN ${column} ELSE 'user-other-' || (1 + i % ${OTHERS}) END`;
        }
        return column;
      });
      const before = await sizeOf(db);
      await db
        .prepare(
          `INSERT INTO ${table} (${kept.join(", ")}) ${numbers} SELECT ${values.join(", ")} FROM n, template_${table}`,
        )
        .run();
      grown(table, (await sizeOf(db)) - before);
    }
  }
  for (const { table } of columns) await db.exec(`DROP TABLE template_${table}`);
}

/** The size of the database in bytes, as D1 tells it. */
export const sizeOf = async (db: D1Database): Promise<number> => (await db.prepare("SELECT 1").run()).meta.size_after;

async function writePeople(db: D1Database, people: number): Promise<void> {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${people})`;
  await db.batch([
    db.prepare(
      `INSERT OR IGNORE INTO user (id, name, email, email_verified, created_at, updated_at) ${numbers}
       SELECT 'user-other-' || i, 'Other', 'other-' || i || '@example.test', 1, 0, 0 FROM n`,
    ),
    db.prepare(
      `INSERT OR IGNORE INTO account (id, account_id, provider_id, user_id, created_at, updated_at) ${numbers}
       SELECT 'account-other-' || i, 'user-other-' || i, 'credential', 'user-other-' || i, 0, 0 FROM n`,
    ),
  ]);
}
