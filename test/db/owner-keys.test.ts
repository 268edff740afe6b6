import { beforeAll, expect, test } from "vitest";
import { migratedDatabase } from "../seeds/seeded-database.ts";

/** People and their sign-in: they belong to a deployment, which may serve one business each. */
const OF_PEOPLE = [
  "account",
  "approval_mail_settings",
  "begun_second_factors",
  "bound_counts",
  "grant_limits",
  "oauth_grant_records",
  "oauth_grants",
  "oauth_token_uses",
  "passkeys",
  "recovery_codes",
  "second_factors",
  "session",
  "user",
  "verification",
];

/** Keys that are unique without their owner, and why they never stand in the way of a move. */
const UNIQUE_BY_THEMSELVES: Readonly<Record<string, string>> = {
  "billing_subscriptions (stripe_subscription_id)": "an id that Stripe made",
  "checkout_intents (stripe_checkout_session_id)": "an id that Stripe made",
  "commerce_prices (stripe_price_id)": "an id that Stripe made",
  "checkout_links (token_sha256)": "a hash of 32 random bytes: a link names no owner",
  "order_links (token_sha256)": "a hash of 32 random bytes: a link names no owner",
  "product_asset_uploads (upload_link_sha256)": "a hash of 32 random bytes: a link names no owner",
  "product_asset_uploads (r2_object_key)": "32 random bytes: no other object has the name",
  "payment_audit_events (sequence)": "the order of commits, which the database gives: a copy takes it along",
};

let db: D1Database;
beforeAll(async () => {
  ({ binding: db } = await migratedDatabase());
});

interface Key {
  readonly name: string;
  readonly columns: string;
}

/** The primary key and each index of each table, with their columns in order. */
async function keys(): Promise<Key[]> {
  const { results } = await db
    .prepare(
      `SELECT t.name, (SELECT group_concat(name, ',' ORDER BY pk) FROM pragma_table_info(t.name) WHERE pk > 0) AS columns
         FROM sqlite_master t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '_cf_%' AND t.name <> 'd1_migrations'
       UNION
       SELECT t.name, (SELECT group_concat(name, ',' ORDER BY seqno) FROM pragma_index_info(i.name))
         FROM sqlite_master t JOIN pragma_index_list(t.name) i
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '_cf_%' AND t.name <> 'd1_migrations'`,
    )
    .all<Key>();
  return results;
}

test("every key of a business starts with its owner, so that a business moves whole", async () => {
  const all = await keys();
  const owned = all.filter(({ name }) => !OF_PEOPLE.includes(name));
  expect(owned.length).toBeGreaterThan(100);
  const others = owned.filter(({ columns }) => columns.split(",")[0] !== "owner_user_id");
  expect(others.map(({ name, columns }) => `${name} (${columns})`).sort()).toEqual(
    Object.keys(UNIQUE_BY_THEMSELVES).sort(),
  );
});

test("a table without an owner is one of people, by name", async () => {
  const { results } = await db
    .prepare(
      `SELECT name FROM sqlite_master t WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'
         AND name <> 'd1_migrations'
         AND NOT EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'owner_user_id') ORDER BY name`,
    )
    .all<{ name: string }>();
  expect(results.map(({ name }) => name)).toEqual(OF_PEOPLE);
});
