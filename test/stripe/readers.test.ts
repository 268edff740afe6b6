import { describe, expect, test } from "vitest";
import { readInvoice } from "../../src/stripe/invoice-events.ts";
import { readNames } from "../../src/stripe/object-names.ts";
import { readPaymentEvent } from "../../src/stripe/payment-events.ts";
import { readSession, sessionFacts } from "../../src/stripe/session-events.ts";

describe("a session", () => {
  const session = {
    object: "checkout.session",
    id: "cs_1",
    mode: "payment",
    amount_total: 900,
    total_details: { amount_discount: 100, amount_shipping: 50, amount_tax: 70 },
    currency: "usd",
    livemode: false,
    payment_status: "unpaid",
    status: "open",
  };

  test("has the amounts of its page, also where Stripe leaves the details out", () => {
    expect(readSession(session)?.amounts).toEqual({
      totalCents: 900,
      taxCents: 70,
      discountCents: 100,
      shippingCents: 50,
    });
    expect(readSession({ ...session, total_details: null })?.amounts).toEqual({
      totalCents: 900,
      taxCents: 0,
      discountCents: 0,
      shippingCents: 0,
    });
  });

  test("is a fact once it is complete or expired", () => {
    const factsOf = (change: object) => {
      const read = readSession({ ...session, ...change });
      return read && sessionFacts(read);
    };
    expect(factsOf({})).toEqual([]);
    expect(factsOf({ status: null })).toEqual([]);
    expect(factsOf({ status: "expired" })).toEqual(["session_expired"]);
    expect(factsOf({ status: "complete" })).toEqual(["session_complete"]);
    expect(factsOf({ status: "complete", payment_status: "paid" })).toEqual(["session_complete", "paid"]);
  });
});

describe("an invoice", () => {
  const lineOf = (start: number, parent: unknown) => ({ period: { start, end: start + 60 }, parent });
  const plan = { subscription_item_details: { proration: false } };
  const invoice = {
    object: "invoice",
    id: "in_1",
    livemode: false,
    status: "paid",
    total: 1200,
    total_taxes: [{ amount: 100 }, { amount: 20 }],
    total_discount_amounts: [{ amount: 30 }],
    amount_shipping: 80,
    amount_paid: 1200,
    currency: "usd",
    lines: { data: [lineOf(600, plan)] },
    parent: { subscription_details: { subscription: "sub_1" } },
  };

  test("has the sums of its parts", () => {
    expect(readInvoice(invoice)?.amounts).toEqual({
      totalCents: 1200,
      taxCents: 120,
      discountCents: 30,
      shippingCents: 80,
    });
    const bare = { ...invoice, total_taxes: null, total_discount_amounts: undefined, amount_shipping: null };
    expect(readInvoice(bare)?.amounts).toEqual({ totalCents: 1200, taxCents: 0, discountCents: 0, shippingCents: 0 });
  });

  test("has the period of the plan's latest line, whatever else is on it", () => {
    const extras = [lineOf(9000, null), lineOf(9000, {}), lineOf(9000, { subscription_item_details: null })];
    const change = lineOf(9000, { subscription_item_details: { proration: true } });
    const data = [...extras, change, lineOf(0, plan), lineOf(600, plan)];
    expect(readInvoice({ ...invoice, lines: { data } })?.period).toEqual({ start: 600_000, end: 660_000 });
    expect(readInvoice({ ...invoice, lines: { data: extras } })?.period).toBeUndefined();
  });

  test("names the subscriptions of its first ten lines", () => {
    const lines = (count: number) => ({
      data: [...Array(count).fill({ subscription: null }), { subscription: "sub_1" }],
    });
    expect(readNames({ lines: lines(9) }).subscriptionId).toBe("sub_1");
    expect(readNames({ lines: lines(10) }).subscriptionId).toBeUndefined();
  });
});

test("an event of another type, or an object of another shape, is no fact about a payment", () => {
  const refund = { object: "refund", id: "re_1", amount: 900, status: "succeeded", payment_intent: "pi_1" };
  expect(readPaymentEvent("refund.created", refund)?.amountCents).toBe(900);
  expect(readPaymentEvent("refund.canceled", refund)).toBeUndefined();
  expect(readPaymentEvent("refund.created", { ...refund, object: "charge" })).toBeUndefined();
  expect(readPaymentEvent("refund.created", null)).toBeUndefined();
});
