import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { databaseWithStory, testBindings } from "../seeds/seeded-database.ts";
import { holds } from "../support/random.ts";

const OWNER = "user-bumpgrade-owner";
let binding: D1Database;
beforeAll(async () => {
  ({ binding } = await databaseWithStory());
});

async function rowsOf(sql: string): Promise<Record<string, unknown>[]> {
  return (await binding.prepare(sql).all()).results;
}

describe("the audit is append-only", () => {
  const audit = () => rowsOf("SELECT * FROM payment_audit_events ORDER BY id");
  const columns = "id, owner_user_id, event_kind, actor_kind, summary, created_at, audit_correlation_id, subject_id";
  const values = (id: string) =>
    `('${id}', '${OWNER}', 'checkout_intent_created', 'oauth_client', 'x', 1, 'audit-x', 'x')`;
  const known = "audit-event-story-000000000001-paid";

  test.each([
    ["UPDATE", "UPDATE payment_audit_events SET summary = 'x'"],
    ["UPDATE of the key", "UPDATE OR REPLACE payment_audit_events SET id = 'x'"],
    ["DELETE", "DELETE FROM payment_audit_events"],
    ["REPLACE", `REPLACE INTO payment_audit_events (${columns}) VALUES ${values(known)}`],
    ["INSERT OR REPLACE", `INSERT OR REPLACE INTO payment_audit_events (${columns}) VALUES ${values(known)}`],
    ["INSERT OR IGNORE", `INSERT OR IGNORE INTO payment_audit_events (${columns}) VALUES ${values(known)}`],
    [
      "UPSERT",
      `INSERT INTO payment_audit_events (${columns}) VALUES ${values(known)} ON CONFLICT DO UPDATE SET summary = 'x'`,
    ],
    [
      "UPSERT that does nothing",
      `INSERT INTO payment_audit_events (${columns}) VALUES ${values(known)} ON CONFLICT DO NOTHING`,
    ],
    [
      "REPLACE of a place in the order",
      `REPLACE INTO payment_audit_events (sequence, ${columns}) VALUES (1, ${values("audit-event-new").slice(1)}`,
    ],
    ["INSERT of a known key", `INSERT INTO payment_audit_events (${columns}) VALUES ${values(known)}`],
  ])("%s is refused", async (_, sql) => {
    const before = await audit();
    await expect(binding.prepare(sql).run()).rejects.toThrow("audit is append-only");
    expect(await audit()).toEqual(before);
  });

  test("a refused change takes its whole batch with it, and a new row is accepted", async () => {
    const before = await audit();
    const insert = binding.prepare(`INSERT INTO payment_audit_events (${columns}) VALUES ${values("audit-event-new")}`);
    const remove = binding.prepare("DELETE FROM payment_audit_events WHERE id = 'audit-event-new'");
    await expect(binding.batch([insert, remove])).rejects.toThrow("audit is append-only");
    expect(await audit()).toEqual(before);
    await insert.run();
    expect(await audit()).toHaveLength(before.length + 1);
  });
});

test("a guard aborts its batch with its code, and stores nothing", async () => {
  const change = binding.prepare("UPDATE offer_stacks SET slug = 'changed'");
  const guard = binding.prepare("INSERT INTO guard_code (ok, code) SELECT 0, 'stale_state'");
  await expect(binding.batch([change, guard])).rejects.toThrow("guard:stale_state");
  expect(await rowsOf("SELECT slug FROM offer_stacks")).toEqual([{ slug: "indie-launch-stack" }]);
  await binding.prepare("INSERT INTO guard_code (ok, code) SELECT 1, 'held'").run();
  await expect(binding.prepare("INSERT INTO guard_code (ok, code) SELECT NULL, 'null'").run()).rejects.toThrow(
    "guard:null",
  );
  expect(await rowsOf("SELECT * FROM guard_code")).toEqual([]);
});

/** Each kept total beside the scan that it must equal. */
const TOTALS: readonly (readonly [string, string])[] = [
  [
    "referral_click_totals",
    `SELECT owner_user_id, referral_link_id, referral_code, partner_id, destination_route, count(*) AS total_clicks,
       max(clicked_at) AS last_click_at FROM affiliate_referral_clicks GROUP BY 1, 2, 3, 4, 5`,
  ],
  [
    "referral_attribution_totals",
    `SELECT owner_user_id, referral_link_id, referral_code, partner_id, destination_route, attribution_status,
       count(*) AS total_checkouts, max(created_at) AS last_attached_at
     FROM checkout_referral_attributions GROUP BY 1, 2, 3, 4, 5, 6`,
  ],
  [
    "post_purchase_decision_totals",
    `SELECT owner_user_id, offer_stack_id, presented_offer_id, decision_kind, count(*) AS total_decisions,
       max(created_at) AS last_created_at FROM checkout_post_purchase_decisions GROUP BY 1, 2, 3, 4`,
  ],
  [
    "commission_ledger_totals",
    `SELECT owner_user_id, referral_link_id, referral_code, partner_id, ledger_status, review_status, payout_status,
       count(*) AS total_ledgers, sum(source_checkout_amount_cents) AS total_source_checkout_amount_cents,
       sum(commission_cents) AS total_commission_cents, max(created_at) AS last_created_at
     FROM affiliate_commission_ledger_entries GROUP BY 1, 2, 3, 4, 5, 6, 7`,
  ],
  [
    "commission_review_totals",
    `SELECT a.owner_user_id, e.referral_link_id, e.referral_code, e.partner_id, a.action_kind, a.next_ledger_status,
       a.next_review_status, a.next_payout_status, count(*) AS total_actions, max(a.created_at) AS last_created_at
     FROM affiliate_commission_ledger_actions a
     JOIN affiliate_commission_ledger_entries e ON e.owner_user_id = a.owner_user_id AND e.id = a.commission_ledger_id
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`,
  ],
];

const LINKS: readonly (readonly [string, string, string, string])[] = [
  [
    "ref-link-launch-circle-waitlist",
    "LAUNCHCIRCLE",
    "affiliate-partner-launch-circle",
    "/funnels/indie-launch-sandbox",
  ],
  [
    "ref-link-template-partner-sales",
    "TEMPLATESTUDIO",
    "affiliate-partner-template-studio",
    "/offers/indie-launch-stack",
  ],
];
const MOVES: readonly (readonly [string, string])[] = [
  ["review_only", "owner_reviewed"],
  ["review_only", "owner_hold"],
  ["review_only", "refund_window_open"],
  ["reversed", "owner_reversed"],
  // No write makes this move: ledger_status changes, and review_status does not.
  ["reversed", "refund_window_open"],
];
const STEPS = 120;
/** A click, perhaps with a commission, perhaps of a checkout that was decided about; then an action on any commission. */
const steps = fc.record({
  link: fc.constantFrom(...LINKS),
  at: fc.nat({ max: 999_999 }),
  sold: fc.option(fc.record({ amount: fc.integer({ min: 100, max: 10_099 }), commission: fc.nat({ max: 99 }) }), {
    freq: 2,
  }),
  decided: fc.option(
    fc.record({
      offer: fc.constantFrom("offer-a", "offer-b"),
      kind: fc.constantFrom(
        "accept_upsell_follow_up",
        "decline_upsell",
        "accept_downsell_follow_up",
        "decline_downsell",
      ),
    }),
    { freq: 2 },
  ),
  entry: fc.nat(),
  move: fc.constantFrom(...MOVES),
  action: fc.constantFrom("mark_reviewed", "hold_for_review", "reverse_evidence"),
});

type Step = typeof steps extends fc.Arbitrary<infer Value> ? Value : never;

/** What is counted and what is kept, each before what it refers to. */
const COUNT_LIMIT = [
  ...TOTALS.map(([table]) => table),
  "affiliate_commission_ledger_actions",
  "affiliate_commission_ledger_entries",
  "checkout_post_purchase_decisions",
  "checkout_referral_attributions",
  "affiliate_referral_clicks",
];

test("the kept totals equal a scan, after any inserts and changes of status", async () => {
  let taken = 0;
  const most = new Map<string, number>();
  // Each run begins with empty tables, which two of them refuse.
  await binding.batch(
    ["affiliate_commission_ledger_actions_no_delete", "checkout_post_purchase_decisions_no_delete"].map((trigger) =>
      binding.prepare(`DROP TRIGGER ${trigger}`),
    ),
  );
  const several = fc.array(steps, { minLength: 1, maxLength: STEPS, size: "max" });
  await holds("triggers", several, { runs: STEPS, enough: () => taken >= STEPS }, async (all) => {
    await binding.batch(COUNT_LIMIT.map((table) => binding.prepare(`DELETE FROM ${table}`)));
    const entries: string[] = [];
    for (const one of all) await take(`random-${++taken}`, one, entries);
    for (const [table, scan] of TOTALS) {
      const kept = sorted(await rowsOf(`SELECT * FROM ${table}`));
      expect(kept, table).toEqual(sorted(await rowsOf(scan)));
      most.set(table, Math.max(kept.length, most.get(table) ?? 0));
    }
  });
  for (const [table] of TOTALS) expect(most.get(table), table).toBeGreaterThan(1);

  async function take(
    id: string,
    { link: [link, code, partner, route], at, sold, decided, ...later }: Step,
    entries: string[],
  ) {
    const batch = [
      insert("affiliate_referral_clicks", {
        id,
        owner_user_id: OWNER,
        referral_link_id: link,
        referral_code: code,
        partner_id: partner,
        destination_route: route,
        idempotency_key: id,
        request_hash: "x",
        visitor_hash: "x",
        clicked_at: at,
        created_at: at,
      }),
    ];
    if (sold) {
      entries.push(id);
      batch.push(
        copyOfIntent(id),
        insert("checkout_referral_attributions", {
          id,
          owner_user_id: OWNER,
          checkout_intent_id: id,
          referral_click_id: id,
          referral_link_id: link,
          referral_code: code,
          partner_id: partner,
          destination_route: route,
          audit_correlation_id: "x",
          created_at: at,
        }),
        insert("affiliate_commission_ledger_entries", {
          id,
          owner_user_id: OWNER,
          checkout_intent_id: id,
          referral_attribution_id: id,
          referral_click_id: id,
          referral_link_id: link,
          referral_code: code,
          partner_id: partner,
          source_checkout_amount_cents: sold.amount,
          commission_cents: sold.commission,
          idempotency_key: id,
          audit_correlation_id: "x",
          operation_id: id,
          actor_id: "x",
          commission_rule_ids_json: "[]",
          source_checkout_status: "paid",
          currency: "usd",
          reversible_until: at,
          created_at: at,
          updated_at: at,
        }),
      );
      if (decided) {
        batch.push(
          insert("checkout_post_purchase_decisions", {
            id,
            owner_user_id: OWNER,
            checkout_intent_id: id,
            offer_stack_id: "stack",
            presented_offer_id: decided.offer,
            decision_kind: decided.kind,
            checkout_status: "paid",
            checkout_updated_at: at,
            actor_kind: "oauth_client",
            created_at: at,
            audit_correlation_id: "x",
            operation_id: id,
          }),
        );
      }
    }
    const entry = entries[later.entry % entries.length];
    if (entry !== undefined) {
      const [ledger, review] = later.move;
      batch.push(
        binding
          .prepare("UPDATE affiliate_commission_ledger_entries SET ledger_status = ?, review_status = ? WHERE id = ?")
          .bind(ledger, review, entry),
        insert("affiliate_commission_ledger_actions", {
          id,
          owner_user_id: OWNER,
          commission_ledger_id: entry,
          checkout_intent_id: entry,
          action_kind: later.action,
          previous_ledger_status: "review_only",
          next_ledger_status: ledger,
          previous_review_status: "refund_window_open",
          next_review_status: review,
          next_payout_status: "not_payable",
          previous_payout_status: "not_payable",
          created_at: at,
          actor_user_id: "x",
          operation_id: id,
        }),
      );
    }
    await binding.batch(batch);
  }

  function insert(table: string, row: Record<string, string | number>): D1PreparedStatement {
    const names = Object.keys(row);
    return binding
      .prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`)
      .bind(...Object.values(row));
  }

  /** A checkout like the story's first, under another id. */
  function copyOfIntent(id: string): D1PreparedStatement {
    return binding
      .prepare(
        `INSERT INTO checkout_intents (id, checkout_kind, status, product_id, price_id, amount_cents, currency, stripe_mode,
           idempotency_key, owner_user_id, success_url, cancel_url, redirect_url, audit_correlation_id, actor_id, operation_id,
           confirmed_at, frozen_request_json, frozen_api_version, expires_at, created_at, updated_at)
         SELECT ?1, checkout_kind, status, product_id, price_id, amount_cents, currency, stripe_mode, ?1, owner_user_id,
           success_url, cancel_url, redirect_url, audit_correlation_id, actor_id, ?1, confirmed_at, frozen_request_json,
           frozen_api_version, expires_at, created_at, updated_at
         FROM checkout_intents WHERE id = 'checkout-intent-00000000-0000-4000-8000-000000000001'`,
      )
      .bind(id);
  }
});

test("each trigger is a migration of its own, written so that no tool splits it", () => {
  const withTrigger = testBindings().MIGRATIONS.filter(({ queries }) => queries.join("\n").includes("CREATE TRIGGER"));
  expect(withTrigger.length).toBeGreaterThan(8);
  for (const { name, queries } of withTrigger) {
    expect(queries, name).toHaveLength(1);
    expect(queries[0]?.match(/CREATE TRIGGER/g), name).toHaveLength(1);
  }
});

/** Rows with their keys in one order, in one order. */
function sorted(rows: readonly Record<string, unknown>[]): string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
}
