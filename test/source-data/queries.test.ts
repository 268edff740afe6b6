import { beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { BUSINESS_PARTS } from "../../src/db/schema/vocabulary.ts";
import { affiliatesQueries, commerceQueries } from "../../src/db/source-data.ts";
import { commerceDocument } from "../../src/source-data/commerce-document.ts";
import { runningStripe } from "../../src/source-data/stripe-versions.ts";
import { databaseWithStory } from "../seeds/seeded-database.ts";

const DEPLOYED = { maxMode: "sandbox", parts: new Set(BUSINESS_PARTS) } as const;

let binding: D1Database;
let db: Database;
let owner: string;
beforeAll(async () => {
  const opened = await databaseWithStory();
  ({ binding, db } = opened);
  owner = opened.business.files.business.ownerUserId;
});

test("no query of a document scans a table, and none reads a click, a checkout or an entry", async () => {
  const queries = { ...commerceQueries(db, owner), ...affiliatesQueries(db, owner) };
  for (const [name, query] of Object.entries(queries)) {
    const { sql, params } = query.toSQL();
    const plan = await binding
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...params)
      .all<{ detail: string }>();
    for (const { detail } of plan.results) expect(detail, name).not.toMatch(/^SCAN/);
    expect(sql, name).not.toMatch(/from "(affiliate_referral_clicks|checkout_\w+|affiliate_commission_\w+)"/);
  }
});

test("another business sees nothing of this one", async () => {
  const rows = await db.read(commerceQueries(db, "user-somebody-else"));
  expect(Object.values(rows).flat()).toEqual([]);
  expect(() => commerceDocument(rows, runningStripe, DEPLOYED)).toThrow();
});

test("the date is that of the latest change", async () => {
  const dated = async () =>
    commerceDocument(await db.read(commerceQueries(db, owner)), runningStripe, DEPLOYED).updatedAt;
  expect(await dated()).toBe("2026-05-22");
  await binding
    .prepare("UPDATE commerce_prices SET updated_at = ? WHERE id = 'price-bumpgrade-grow-monthly-usd'")
    .bind(Date.parse("2026-07-01T23:59:59.999Z"))
    .run();
  expect(await dated()).toBe("2026-07-01");
});

test("review actions are counted over all links, by kind", async () => {
  const action = (id: string, kind: string, review: string, at: number) =>
    binding
      .prepare(
        `INSERT INTO affiliate_commission_ledger_actions (id, commission_ledger_id, checkout_intent_id, action_kind,
           previous_ledger_status, next_ledger_status, previous_review_status, next_review_status, next_payout_status,
           created_at, actor_user_id, owner_user_id, operation_id, previous_payout_status)
         SELECT ?1, id, checkout_intent_id, ?2, 'review_only', 'review_only', 'refund_window_open', ?3, 'not_payable', ?4, 'x',
           owner_user_id, ?1, 'not_payable' FROM affiliate_commission_ledger_entries LIMIT 1`,
      )
      .bind(id, kind, review, at);
  await binding.batch([
    action("a1", "mark_reviewed", "owner_reviewed", 5_999),
    action("a2", "hold_for_review", "owner_hold", 7_000),
    action("a3", "mark_reviewed", "owner_reviewed", 6_000),
  ]);
  const { affiliateCommissionLedger } = commerceDocument(
    await db.read(commerceQueries(db, owner)),
    runningStripe,
    DEPLOYED,
  );
  const of = (action_kind: string, next_review_status: string, total_actions: number, last_created_at: number) => ({
    action_kind,
    next_ledger_status: "review_only",
    next_review_status,
    next_payout_status: "not_payable",
    total_actions,
    last_created_at,
  });
  expect(affiliateCommissionLedger?.summary.reviewActionCounts).toEqual([
    of("hold_for_review", "owner_hold", 1, 7),
    of("mark_reviewed", "owner_reviewed", 2, 6),
  ]);
});
