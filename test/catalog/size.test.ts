import { expect, test } from "vitest";
import { applyBusiness } from "../../src/dev/catalog/apply-changes.ts";
import { boundDatabase } from "../../src/dev/catalog/database.ts";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import { seedStatements } from "../../src/dev/seeds/seed-statements.ts";
import { sqlText } from "../../src/dev/seeds/sql-text.ts";
import { migratedDatabase } from "../seeds/seeded-database.ts";

const OFFERS = 300;
const PLANS = 100;
const PRICES = 2_000;
/** D1's limit of a statement in bytes ("Limits", Maximum SQL statement length). */
const STATEMENT = 100_000;

/** A business of this size; the description of each plan has line breaks. */
function large() {
  const range = (count: number) => Array.from({ length: count }, (_, index) => index);
  const priceOf = (index: number) => `price-${index}`;
  return parseBusiness({
    "business.json": {
      ownerUserId: "user-large",
      ownerName: "Large",
      ownerEmail: "owner@large.test",
      name: "Large",
      supportEmail: "help@large.test",
    },
    "products.json": { products: range(PRICES).map((index) => ({ id: `product-${index}`, name: `Product ${index}` })) },
    "prices.json": {
      prices: range(PRICES).map((index) => ({
        id: priceOf(index),
        productId: `product-${index}`,
        nickname: `Price ${index}`,
        currency: "usd",
        unitAmountCents: 1_000 + index,
        billingInterval: index >= OFFERS && index < OFFERS + PLANS ? "month" : "one_time",
      })),
    },
    "offers.json": {
      stacks: range(OFFERS).map((index) => ({
        id: `stack-${index}`,
        offers: [
          {
            id: `offer-${index}`,
            productId: `product-${index}`,
            priceId: priceOf(index),
            name: `Offer ${index}`,
            stripeMode: "sandbox",
          },
        ],
      })),
    },
    "plans.json": {
      plans: range(PLANS).map((index) => ({
        slug: `plan-${index}`,
        name: `Plan ${index}`,
        billingInterval: "month",
        productId: `product-${OFFERS + index}`,
        priceId: priceOf(OFFERS + index),
        stripeMode: "sandbox",
        description: `First line\nSecond line's end; "quoted"?`,
      })),
    },
  });
}

test("300 offers, 100 plans and 2,000 prices are checked, loaded and compared in one go", async () => {
  const { binding } = await migratedDatabase();
  const database = boundDatabase(binding);
  const business = large();
  const { comparison } = await applyBusiness(database, business, 1_000);
  expect(comparison.added.length).toBe(seedStatements(business, 0).length);
  const counted = await binding
    .prepare(
      "SELECT (SELECT count(*) FROM stack_offers) AS offers, (SELECT count(*) FROM plans) AS plans, (SELECT count(*) FROM commerce_prices) AS prices",
    )
    .first();
  expect(counted).toEqual({ offers: OFFERS, plans: PLANS, prices: PRICES });
  const again = await applyBusiness(database, business, 2_000);
  expect(again.auditCorrelationId).toBeUndefined();
});

test("as a file, each statement is one line within D1's limit, and loads the same rows", async () => {
  const { binding } = await migratedDatabase();
  const lines = sqlText(seedStatements(large(), 3_000)).trimEnd().split("\n");
  expect(lines.every((line) => line.startsWith("INSERT INTO ") && line.endsWith(";"))).toBe(true);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(STATEMENT);
  const before = await binding.prepare("SELECT * FROM plans ORDER BY slug").all();
  await binding.batch(lines.map((line) => binding.prepare(line)));
  expect((await binding.prepare("SELECT * FROM plans ORDER BY slug").all()).results).toEqual(before.results);
  expect(before.results[0]?.description).toBe(`First line\nSecond line's end; "quoted"?`);
});
