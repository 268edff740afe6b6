import { expect, test } from "vitest";
import { type ConfirmedPrice, priceFault } from "../../src/stripe/mapped-price.ts";

const confirmed: ConfirmedPrice = {
  stripeMode: "sandbox",
  unitAmountCents: 900,
  currency: "usd",
  billingInterval: "one_time",
  taxBehavior: "exclusive",
};
/** A price as Stripe answers it under the pinned version. */
const price = {
  object: "price",
  active: true,
  billing_scheme: "per_unit",
  currency: "usd",
  currency_options: { usd: { unit_amount: 900 } },
  custom_unit_amount: null,
  livemode: false,
  recurring: null,
  tax_behavior: "exclusive",
  tiers_mode: null,
  transform_quantity: null,
  unit_amount: 900,
};
const monthly = { interval: "month", interval_count: 1, usage_type: "licensed" };

test("a price that agrees has no fault, with its own currency option or without any", () => {
  expect(priceFault(price, confirmed)).toBeUndefined();
  const { currency_options: _, ...plain } = price;
  expect(priceFault(plain, confirmed)).toBeUndefined();
  expect(priceFault({ ...price, recurring: monthly }, { ...confirmed, billingInterval: "month" })).toBeUndefined();
  expect(priceFault({ ...price, livemode: true }, { ...confirmed, stripeMode: "live" })).toBeUndefined();
});

test.each([
  ["livemode", { livemode: true }],
  ["active", { active: false }],
  ["currency", { currency: "eur" }],
  ["currency_options", { currency_options: { usd: {}, eur: {} } }],
  ["billing_scheme", { billing_scheme: "tiered" }],
  ["tiers_mode", { tiers_mode: "graduated" }],
  ["custom_unit_amount", { custom_unit_amount: { minimum: null, maximum: null, preset: 900 } }],
  ["transform_quantity", { transform_quantity: { divide_by: 2, round: "up" } }],
  ["unit_amount", { unit_amount: 899 }],
  ["unit_amount", { unit_amount: 901 }],
  // Stripe leaves it out where the amount has a fraction of the minor unit.
  ["unit_amount", { unit_amount: null }],
  ["recurring", { recurring: monthly }],
  ["tax_behavior", { tax_behavior: "inclusive" }],
  ["tax_behavior", { tax_behavior: "unspecified" }],
  ["shape", { object: "plan" }],
  ["shape", { unit_amount: "900" }],
])("%s: %j is a fault", (fault, change) => {
  expect(priceFault({ ...price, ...change }, confirmed)).toBe(fault);
});

test("a plan's price recurs once in its interval, and by no measured use", () => {
  const plan: ConfirmedPrice = { ...confirmed, billingInterval: "month" };
  for (const change of [{ interval: "year" }, { interval_count: 3 }, { usage_type: "metered" }]) {
    expect(priceFault({ ...price, recurring: { ...monthly, ...change } }, plan)).toBe("recurring");
  }
  expect(priceFault(price, plan)).toBe("recurring");
});

test("where no tax is calculated, the tax behaviour of the price does not count", () => {
  for (const tax_behavior of ["exclusive", "inclusive", "unspecified", null]) {
    expect(priceFault({ ...price, tax_behavior }, { ...confirmed, taxBehavior: null })).toBeUndefined();
  }
});
