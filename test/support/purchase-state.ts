import { expect } from "vitest";
import type { World } from "./world.ts";

/** The tables that Stripe's reports write to, without the checkout itself. */
const TABLES = [
  "product_fulfillment_tasks",
  "product_entitlements",
  "checkout_facts",
  "payment_facts",
  "billing_invoices",
  "billing_subscriptions",
  "publisher_plan_entitlements",
  "stripe_webhook_events",
] as const;

type Row = Record<string, string | number | null>;

/** The rows of these tables and of the checkouts, at one time. */
export type Snapshot = Readonly<Record<string, readonly Row[]>>;

/** Reads a snapshot. */
export async function snapshot({ db }: World): Promise<Snapshot> {
  const names = ["checkout_intents", ...TABLES];
  const results = await db.batch<Row>(names.map((name) => db.prepare(`SELECT * FROM ${name}`)));
  return Object.fromEntries(names.map((name, index) => [name, results[index]?.results ?? []]));
}

/** Goes back to a snapshot. The audit is append-only and keeps what happened in between. */
export async function restore({ db }: World, { checkout_intents: intents = [], ...others }: Snapshot): Promise<void> {
  const inserts = TABLES.toReversed().flatMap((table) =>
    (others[table] ?? []).map((row) => {
      const names = Object.keys(row);
      return db
        .prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`)
        .bind(...Object.values(row));
    }),
  );
  const updates = intents.map(({ id, ...row }) =>
    db
      .prepare(
        `UPDATE checkout_intents SET ${Object.keys(row)
          .map((name) => `${name} = ?`)
          .join(", ")} WHERE id = ?`,
      )
      .bind(...Object.values(row), id ?? null),
  );
  await db.batch([
    db.prepare("PRAGMA defer_foreign_keys = on"),
    ...TABLES.map((table) => db.prepare(`DELETE FROM ${table}`)),
    ...updates,
    ...inserts,
  ]);
}

/** Columns that depend on the time and the order of deliveries. */
const ORDER_DEPENDENT = new Set([
  "created_at",
  "updated_at",
  "granted_at",
  "revoked_at",
  "occurred_at",
  "starts_at",
  "paid_at",
  "check_at",
  "purchase_version",
  "stripe_event_id",
  "source_stripe_event_id",
]);

/** The rows to compare after reports, without times of arrival, order of events and random ids. */
export async function outcome(world: World, checkoutIntentId?: string): Promise<Record<string, unknown>> {
  const { stripe_webhook_events: _, ...tables } = await snapshot(world);
  const intents = new Set((tables.checkout_intents ?? []).map(({ id }) => id));
  const wanted = (row: Row, name: string) => {
    if (checkoutIntentId === undefined || name === "payment_facts") return true;
    return (row.checkout_intent_id ?? (intents.has(row.id ?? null) ? row.id : null)) === checkoutIntentId;
  };
  return Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [
      name,
      rows
        .filter((row) => wanted(row, name))
        .map((row) => JSON.stringify(Object.entries(row).filter(([column]) => !dependsOnOrder(name, column))))
        .sort(),
    ]),
  );
}

function dependsOnOrder(table: string, column: string): boolean {
  if (ORDER_DEPENDENT.has(column)) return true;
  return table === "billing_subscriptions" && (column === "id" || column.startsWith("state_event_"));
}

const AUDITED = ["checkout_intents", "product_entitlements", "billing_subscriptions", "publisher_plan_entitlements"];

/**
 * Runs `run`, and compares the audit with the changed rows: each row with a new version, and each removed one, has exactly
 * one new audit row with its status, and there are no others. Versions only grow. Answers the number of changed rows.
 */
export async function audited(world: World, run: () => Promise<unknown>): Promise<number> {
  const look = async () => {
    const [audit, ...tables] = await world.db.batch<Row>([
      world.db.prepare(
        "SELECT id, subject_id, subject_status FROM payment_audit_events WHERE actor_kind IN ('stripe_webhook', 'scheduled_run', 'buyer_post_purchase_page')",
      ),
      ...AUDITED.map((table) => world.db.prepare(`SELECT id, status, updated_at FROM ${table}`)),
    ]);
    return {
      audit: new Map((audit?.results ?? []).map((row) => [row.id, row])),
      rows: new Map(tables.flatMap(({ results }) => results).map((row) => [row.id, row])),
    };
  };
  const before = await look();
  await run();
  const after = await look();
  const moved = [...after.rows.values()].filter((row) => before.rows.get(row.id)?.updated_at !== row.updated_at);
  for (const row of moved) {
    expect(Number(row.updated_at)).toBeGreaterThan(Number(before.rows.get(row.id)?.updated_at ?? 0));
  }
  const gone = [...before.rows.keys()].filter((id) => !after.rows.has(id));
  const told = [...after.audit.values()].filter((row) => !before.audit.has(row.id));
  const words = (rows: [unknown, unknown][]) => rows.map(([id, status]) => `${id} ${status}`).sort();
  expect(words(told.map((row) => [row.subject_id, row.subject_status]))).toEqual(
    words([
      ...moved.map((row): [unknown, unknown] => [row.id, row.status]),
      ...gone.map((id): [unknown, unknown] => [id, "forgotten"]),
    ]),
  );
  return moved.length;
}
