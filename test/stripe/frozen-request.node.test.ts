import { expect, test } from "vitest";
import { closeRequest, openRequest } from "../../src/commerce/checkout/frozen-request.ts";
import type { FrozenRequest } from "../../src/stripe/checkout-session.ts";

const metadata = { checkout_intent_id: "checkout-intent-1", price_id: "price-1" };
const payment: FrozenRequest = {
  mode: "payment",
  client_reference_id: "checkout-intent-1",
  metadata,
  payment_intent_data: { metadata, description: "One" },
  expires_at: 1_931_166_000,
};
const subscription: FrozenRequest = { mode: "subscription", metadata, subscription_data: { metadata } };
const differing: FrozenRequest = { ...payment, payment_intent_data: { metadata: { price_id: "price-2" } } };
const without: FrozenRequest = { mode: "payment", payment_intent_data: { description: "One" } };

test.each([payment, subscription, differing, without])("a kept request opens as it was sent: %j", (request) => {
  // The text is compared: a retry sends the parameters in the same order.
  expect(JSON.stringify(openRequest(closeRequest(request)))).toBe(JSON.stringify(request));
});

test("metadata that is sent twice is kept once", () => {
  expect(closeRequest(payment).split("checkout_intent_id")).toHaveLength(2);
  expect(closeRequest(differing)).toContain("price-2");
});

test("a request that was kept whole by an earlier version opens too", () => {
  expect(openRequest(JSON.stringify(payment))).toEqual(payment);
});
