import { beforeAll, expect, test } from "vitest";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { writeDevAccounts } from "../../src/dev/seeds/dev-accounts.ts";
import { loadBusiness } from "../../src/dev/seeds/load.ts";
import { openLocalDatabase } from "../../src/dev/seeds/local-database.ts";
import { seedStatements } from "../../src/dev/seeds/seed-statements.ts";
import { sqlText } from "../../src/dev/seeds/sql-text.ts";
import type { CatalogStatement } from "../../src/dev/seeds/statement.ts";
import { storyRows } from "../../src/dev/seeds/story/rows.ts";
import { writeStory } from "../../src/dev/seeds/story/write-story.ts";
import { bundledBusiness, bundledDevAccounts, bundledFiles, bundledReferenceStory } from "../support/bundled-seeds.ts";
import { migratedDatabase, testBindings, testKeyring } from "./seeded-database.ts";

const FIRST = Date.parse("2026-05-01T00:00:00.000Z");
const LATER = Date.parse("2026-06-01T00:00:00.000Z");

let binding: D1Database;
beforeAll(async () => {
  ({ binding } = await migratedDatabase());
});

/** Every row of every table, as text. */
async function everything(): Promise<Record<string, string>> {
  const tables = await binding
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf*' AND name NOT GLOB 'sqlite*'")
    .all<{ name: string }>();
  const names = tables.results.map(({ name }) => name).filter((name) => name !== "d1_migrations");
  const rows = await binding.batch(names.map((name) => binding.prepare(`SELECT * FROM ${name}`)));
  return Object.fromEntries(names.map((name, index) => [name, JSON.stringify(rows[index]?.results)]));
}

function withPassPrice(unitAmountCents: number): Business {
  const path = "prices.json";
  const content = structuredClone(bundledFiles[path]) as { prices: { unitAmountCents: number }[] };
  if (content.prices[0]) content.prices[0].unitAmountCents = unitAmountCents;
  return parseBusiness({ ...bundledFiles, [path]: content });
}

const passPrice = () =>
  binding
    .prepare("SELECT unit_amount_cents, created_at, updated_at FROM commerce_prices WHERE id = ?")
    .bind("price-bumpgrade-sandbox-launch-pass-usd")
    .first<{ unit_amount_cents: number; created_at: number; updated_at: number }>();

test("loading the same seeds again, later, changes nothing at all", async () => {
  await loadBusiness(binding, bundledBusiness(), FIRST);
  const before = await everything();
  expect(Object.values(before).filter((rows) => rows !== "[]").length).toBeGreaterThan(18);
  await loadBusiness(binding, bundledBusiness(), LATER);
  expect(await everything()).toEqual(before);
});

test("a row that changed gets a later version, even when the clock stands or goes back; no other row is touched", async () => {
  const before = await everything();
  await loadBusiness(binding, withPassPrice(1_000), LATER);
  expect(await passPrice()).toEqual({ unit_amount_cents: 1_000, created_at: FIRST, updated_at: LATER });
  await loadBusiness(binding, withPassPrice(1_100), LATER);
  expect(await passPrice()).toMatchObject({ unit_amount_cents: 1_100, updated_at: LATER + 1 });
  await loadBusiness(binding, withPassPrice(900), FIRST);
  expect(await passPrice()).toMatchObject({ unit_amount_cents: 900, updated_at: LATER + 2 });
  const { commerce_prices: _, ...untouched } = before;
  expect(await everything()).toMatchObject(untouched);
});

test("offers, bumps and plans may change places, and a new one may take the place of one that is gone", async () => {
  const reordered = (kept: <T>(rows: readonly T[]) => readonly T[]) => {
    const { stacks } = structuredClone(bundledFiles["offers.json"]) as { stacks: Record<string, unknown>[] };
    const { plans } = structuredClone(bundledFiles["plans.json"]) as { plans: Record<string, unknown>[] };
    const [stack] = stacks;
    const [primary, ...others] = (stack?.offers ?? []) as Record<string, unknown>[];
    const second = {
      ...stack,
      id: "stack-second",
      slug: "stack-second",
      offers: [{ ...primary, id: "offer-second", publicOfferId: "second" }],
    };
    return parseBusiness({
      ...bundledFiles,
      "offers.json": { stacks: kept([{ ...stack, offers: kept([primary, ...others]) }, second]) },
      "plans.json": { plans: kept(plans) },
    });
  };
  const order = async () => {
    const { results } = await binding
      .prepare(
        `SELECT o.public_offer_id AS id FROM stack_offers o JOIN offer_stacks s ON s.id = o.offer_stack_id
         ORDER BY s.position, s.id, o.position`,
      )
      .all<{ id: string }>();
    const plans = await binding.prepare("SELECT slug FROM plans ORDER BY position, slug").all<{ slug: string }>();
    return [results.map(({ id }) => id), plans.results.map(({ slug }) => slug)];
  };
  await loadBusiness(
    binding,
    reordered((rows) => rows),
    LATER,
  );
  const [offers = [], plans = []] = await order();
  expect(offers.at(-1)).toBe("second");
  await loadBusiness(
    binding,
    reordered((rows) => rows.toReversed()),
    LATER,
  );
  expect(await order()).toEqual([["second", ...offers.slice(0, -1).toReversed()], plans.toReversed()]);
  await binding.batch([
    binding.prepare("DELETE FROM stack_offers WHERE id = 'offer-second'"),
    binding.prepare("DELETE FROM offer_stacks WHERE id = 'stack-second'"),
  ]);
  await loadBusiness(binding, bundledBusiness(), LATER);
});

test("what the owner changed of their own account stays", async () => {
  await binding.prepare("UPDATE user SET email = 'real@owner.test' WHERE id = 'user-bumpgrade-owner'").run();
  await loadBusiness(binding, bundledBusiness(), LATER);
  const owner = await binding.prepare("SELECT email FROM user WHERE id = 'user-bumpgrade-owner'").first();
  expect(owner).toEqual({ email: "real@owner.test" });
});

test("the SQL text loads the same rows as the statements, and loads twice", async () => {
  const text = sqlText(seedStatements(bundledBusiness(), FIRST));
  const before = await everything();
  const lines = text.trimEnd().split("\n");
  expect(lines.every((line) => line.startsWith("INSERT INTO ") && line.endsWith(";"))).toBe(true);
  await binding.batch(lines.map((line) => binding.prepare(line)));
  expect(await everything()).toEqual(before);
});

test("a story is written once, to a local database, and its rows cannot be written out", async () => {
  const business = bundledBusiness();
  const story = bundledReferenceStory(business);
  const keyring = testKeyring();
  for (const url of ["https://commerce.example.com", "https://test.example.com", "https://localhost.example.com"]) {
    expect(() => openLocalDatabase(binding, url)).toThrow("is not local");
  }
  for (const url of ["http://localhost:8410", "https://app.test", "http://127.0.0.1:8410", "http://[::1]:8410"]) {
    expect(() => openLocalDatabase(binding, url)).not.toThrow();
  }
  const local = openLocalDatabase(binding, testBindings().PUBLIC_URL);
  expect(await writeStory(local, business, story, keyring)).toBe(true);
  const before = await everything();
  expect(await writeStory(local, business, story, keyring)).toBe(false);
  expect(await everything()).toEqual(before);

  const rows = await storyRows({ business, story, publicUrl: local.publicUrl, keyring });
  expect(() => sqlText(rows as unknown as CatalogStatement[])).toThrow("only catalog rows");
});

test("the story's rows agree with each other", async () => {
  const count = async (sql: string) => (await binding.prepare(sql).first<{ n: number }>())?.n;
  expect(await count("SELECT count(*) n FROM checkout_intents WHERE status = 'paid'")).toBe(3);
  expect(
    await count(`SELECT count(*) n FROM checkout_intents i WHERE amount_cents <> (
      SELECT sum(unit_amount_cents) FROM checkout_intent_lines l WHERE l.checkout_intent_id = i.id)`),
  ).toBe(0);
  expect(await count("SELECT count(*) n FROM product_entitlements")).toBe(5);
  expect(await count("SELECT count(*) n FROM product_fulfillment_tasks")).toBe(5);
  expect(await count("SELECT count(*) n FROM operations WHERE status = 'succeeded'")).toBe(6);
  // Every operation left at least one audit row, and every audit row names an operation that is there.
  expect(
    await count(
      "SELECT count(*) n FROM operations o WHERE NOT EXISTS (SELECT 1 FROM payment_audit_events a WHERE a.operation_id = o.id)",
    ),
  ).toBe(0);
  expect(
    await count(
      "SELECT count(*) n FROM payment_audit_events a WHERE NOT EXISTS (SELECT 1 FROM operations o WHERE o.id = a.operation_id)",
    ),
  ).toBe(0);
  const urls = await binding
    .prepare("SELECT id, redirect_url FROM checkout_intents ORDER BY id LIMIT 1")
    .first<{ id: string; redirect_url: string }>();
  expect(await testKeyring().open(urls?.redirect_url ?? "", `url of ${urls?.id}`)).toContain(
    "https://app.test/api/commerce/checkout/redirect/",
  );
});

test("accounts of development let their people sign in, and are written once", async () => {
  const local = openLocalDatabase(binding, testBindings().PUBLIC_URL);
  const write = (word: string) =>
    writeDevAccounts(local, bundledDevAccounts(), LATER, async (password) => `${word} ${password}`);
  await write("first");
  await write("second");
  const accounts = await binding.prepare("SELECT user_id, password FROM account ORDER BY user_id").all();
  expect(accounts.results).toEqual(
    bundledDevAccounts().map(({ id, password }) => ({ user_id: id, password: `first ${password}` })),
  );
  const owner = await binding.prepare("SELECT email_verified FROM user WHERE id = 'user-bumpgrade-owner'").first();
  expect(owner).toEqual({ email_verified: 1 });
});
