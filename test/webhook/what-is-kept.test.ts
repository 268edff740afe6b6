import { expect, test } from "vitest";
import { soldPlan } from "../life/lives.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { sessionObject } from "../support/told.ts";

describeInWorld("what is kept of Stripe's events", { reset: true }, (world) => {
  test("what they decided by, and no id of Stripe's, name or address", async () => {
    const { checkoutIntentId, sessionId } = await soldPlan(world);
    await world.deliver();
    await world.sandbox.refund({ invoice: String((await sessionObject(world, sessionId)).invoice), amount: 100 });
    await world.deliver();

    const rows = await world.all<{ event_type: string; payload_redacted_json: string }>(
      "SELECT event_type, payload_redacted_json FROM stripe_webhook_events ORDER BY event_type",
    );
    const texts = rows.map((row) => row.payload_redacted_json);
    expect(texts.join("\n")).not.toMatch(/\b(?:acct|ch|cs|cus|evt|in|pi|pm|re|si|sub)_|@/);
    const kept = texts.map((text) => JSON.parse(text));
    const periodEnd = kept.find(({ type }) => type === "invoice.paid").periodEnd;
    expect(periodEnd).toEqual(expect.any(Number));
    const event = (type: string, objectType: string, members: Record<string, unknown>) => ({
      ...{ type, objectType, livemode: false, created: expect.any(Number), apiVersion: expect.any(String) },
      checkoutIntentId,
      ...members,
    });
    const session = { status: "complete", paymentStatus: "paid", amountTotal: 119_700, amountTax: 0, currency: "usd" };
    expect(kept).toEqual([
      event("charge.refunded", "charge", { state: "refunded_in_part", amountCents: 100 }),
      event("checkout.session.completed", "checkout.session", session),
      event("customer.subscription.created", "subscription", { status: "incomplete", periodEnd }),
      event("customer.subscription.updated", "subscription", { status: "active", periodEnd }),
      event("invoice.paid", "invoice", { paid: true, amountCents: 119_700, periodEnd }),
      event("invoice_payment.paid", "invoice_payment", { state: "paid", amountCents: 119_700, checkoutIntentId: null }),
      event("payment_intent.succeeded", "payment_intent", { checkoutIntentId: null }),
      event("refund.created", "refund", { state: "succeeded", amountCents: 100 }),
    ]);
  });
});
