import { expect, test } from "vitest";
import { confirmedText, paidText } from "../../src/commerce/tax.ts";

const amount = { amountCents: 900, currency: "usd" };

test.each([
  [null, null, "9.00 USD"],
  [null, 81, "9.00 USD"],
  ["exclusive", null, "9.00 USD plus tax"],
  ["inclusive", null, "9.00 USD tax included"],
  ["exclusive", 81, "9.00 USD plus 0.81 USD tax"],
  ["inclusive", 74, "9.00 USD with 0.74 USD tax included"],
] as const)("a confirmed amount whose tax is %s, of which Stripe told %s: %s", (taxBehavior, taxCents, text) => {
  expect(confirmedText({ ...amount, taxBehavior, taxCents })).toBe(text);
});

test.each([
  [null, null, "nothing"],
  [900, null, "9.00 USD"],
  [981, 81, "9.81 USD, of which 0.81 USD is tax"],
] as const)("a paid amount of %s with tax of %s: %s", (paidCents, taxCents, text) => {
  expect(paidText({ currency: "usd", paidCents, taxCents })).toBe(text);
});
