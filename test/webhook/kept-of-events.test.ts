import { expect, test } from "vitest";
import { soldPlan } from "../life/lives.ts";
import { describeInWorld } from "../support/describe-in-world.ts";

describeInWorld("what is kept of Stripe's events", { reset: true }, (world) => {
  test("what they decided by, and no id of Stripe's, name or address", async () => {
    const { checkoutIntentId, sessionId } = await soldPlan(world);
    await world.deliver();
    const session = (await world.sandbox.sessions()).find(({ id }) => id === sessionId);
    await world.sandbox.refund({ invoice: String(session?.invoice), amount: 100 });
    await world.deliver();

    const rows = await world.all<{ event_type: string; payload_redacted_json: string }>(
      "SELECT event_type, payload_redacted_json FROM stripe_webhook_events WHERE status = 'processed'",
    );
    const kept = Object.fromEntries(rows.map((row) => [row.event_type, JSON.parse(row.payload_redacted_json)]));
    const event = (type: string, objectType: string, members: Record<string, unknown>) => ({
      [type]: {
        type,
        apiVersion: expect.any(String),
        livemode: false,
        created: expect.any(Number),
        objectType,
        checkoutIntentId,
        ...members,
      },
    });
    const periodEnd = kept["invoice.paid"].periodEnd;
    expect(periodEnd).toEqual(expect.any(Number));
    expect(kept).toEqual({
      ...event("checkout.session.completed", "checkout.session", {
        status: "complete",
        paymentStatus: "paid",
        amountTotal: 119_700,
        amountTax: 0,
        currency: "usd",
      }),
      ...event("customer.subscription.created", "subscription", { status: "incomplete", periodEnd }),
      ...event("customer.subscription.updated", "subscription", { status: "active", periodEnd }),
      ...event("invoice.paid", "invoice", { paid: true, amountCents: 119_700, periodEnd }),
      ...event("refund.created", "refund", { state: "succeeded", amountCents: 100 }),
      ...event("charge.refunded", "charge", { state: "refunded_in_part", amountCents: 100 }),
    });
  });
});
