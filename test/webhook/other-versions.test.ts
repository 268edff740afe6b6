import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { healthReader } from "../support/health.ts";
import { checkoutDoors, intentRow, sessionBehind, started } from "../support/launch-pass.ts";
import { type OpenPlan, openPlan, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { soldElsewhere } from "../support/sold-elsewhere.ts";
import { told as tell } from "../support/told.ts";

type Json = Record<string, unknown>;

const OLD = "2022-08-01";
const CREATED = 1_795_000_000;

/** A subscription as API version 2022-08-01 has it: the period stands on the subscription. */
const oldSubscription = (id: string, checkoutIntentId: string | undefined): Json => ({
  id,
  object: "subscription",
  status: "canceled",
  customer: "cus_case",
  current_period_start: 1_792_400_000,
  current_period_end: CREATED,
  canceled_at: CREATED,
  ended_at: CREATED,
  cancel_at_period_end: false,
  items: {
    object: "list",
    data: [
      {
        id: "si_case",
        object: "subscription_item",
        price: { id: "price_case", object: "price", unit_amount: 19_700, currency: "usd" },
        quantity: 1,
      },
    ],
  },
  metadata: checkoutIntentId === undefined ? {} : { checkout_intent_id: checkoutIntentId },
});

/** An invoice as that version has it: subscription and payment stand on the invoice. */
const oldInvoice = (id: string, subscription: string): Json => ({
  id,
  object: "invoice",
  status: "paid",
  paid: true,
  subscription,
  payment_intent: "pi_case",
  amount_paid: 19_700,
  total: 19_700,
  currency: "usd",
  billing_reason: "subscription_cycle",
  lines: {
    object: "list",
    has_more: false,
    data: [
      {
        id: "il_case",
        object: "line_item",
        amount: 19_700,
        period: { start: CREATED, end: 1_797_600_000 },
        subscription,
        price: { id: "price_case" },
      },
    ],
  },
});

describeInWorld("events of another API version", { reset: true }, (world) => {
  let passes: Doors;
  let plans: Doors;
  let health: () => Promise<Record<string, unknown>>;
  beforeAll(async () => {
    passes = await checkoutDoors(world);
    plans = await planDoors(world);
    health = await healthReader(world);
  });
  beforeEach(async () => {
    await withoutPlans(world);
    await world.all("DELETE FROM stripe_webhook_events");
    await world.all("DELETE FROM heal_cursors");
  });

  async function paidPlan(): Promise<OpenPlan & { subscription: string }> {
    const plan = await openPlan(world, plans.http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    return { ...plan, subscription: await subscriptionOf(world, plan) };
  }

  /** Delivers an event of the old version, and answers how it ended and how many calls to Stripe it took. */
  async function told(type: string, object: Json) {
    const before = (await world.sandbox.calls()).length;
    const { id, status } = await tell(world, { type, object, apiVersion: OLD });
    return { id, status, calls: (await world.sandbox.calls()).length - before };
  }

  const eventRow = async (id: string) =>
    (
      await world.all<{ status: string; error: string | null; api_version: string; attempts: number }>(
        "SELECT * FROM stripe_webhook_events WHERE id = ?",
        id,
      )
    )[0];

  const invoicesOf = ({ checkoutIntentId }: OpenPlan) =>
    world.all<{ stripe_invoice_id: string }>(
      "SELECT stripe_invoice_id FROM billing_invoices WHERE checkout_intent_id = ? ORDER BY period_start",
      checkoutIntentId,
    );

  const latestInvoice = async (subscription: string) =>
    String((await world.sandbox.subscriptions()).find(({ id }) => id === subscription)?.latest_invoice);

  test("a cancellation ends the plan at once, by the subscription as Stripe has it", async () => {
    const plan = await paidPlan();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    await world.advance(60);
    await world.sandbox.subscription(plan.subscription, { action: "cancel_now" });
    const ended = await told(
      "customer.subscription.deleted",
      oldSubscription(plan.subscription, plan.checkoutIntentId),
    );
    expect(ended).toMatchObject({ status: "processed", calls: 1 });
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
    expect(await eventRow(ended.id)).toMatchObject({ api_version: OLD, error: null });
    expect(
      await world.all("SELECT status FROM billing_subscriptions WHERE checkout_intent_id = ?", plan.checkoutIntentId),
    ).toEqual([{ status: "canceled" }]);
  });

  test("on an account whose events have the old version, a plan is bought, renewed, refunded and ended", async () => {
    await world.sandbox.account({ eventsApiVersion: OLD, disabledEvents: ["invoice_payment.paid"] });
    const plan = await paidPlan();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    await world.advance(60);
    await world.sandbox.subscription(plan.subscription, { action: "renew" });
    await world.deliver();
    expect(await invoicesOf(plan)).toHaveLength(2);
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    await world.advance(60);
    await world.sandbox.refund({ invoice: await latestInvoice(plan.subscription) });
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
    await world.advance(60);
    await world.sandbox.subscription(plan.subscription, { action: "cancel_now" });
    await world.deliver();
    expect(
      await world.all("SELECT status FROM billing_subscriptions WHERE checkout_intent_id = ?", plan.checkoutIntentId),
    ).toEqual([{ status: "canceled" }]);
    expect(await health()).toMatchObject({ blockedEvents: 0, failedEvents: 0, untracedPayments: 0 });
    expect(
      await world.all("SELECT DISTINCT api_version FROM stripe_webhook_events WHERE event_type LIKE 'customer.%'"),
    ).toEqual([{ api_version: OLD }]);
  });

  test("an event that comes late tells what Stripe has now, and later events of our version still count", async () => {
    const plan = await paidPlan();
    await world.advance(60);
    // The event says that it is canceled; Stripe, asked, says that it runs.
    expect(
      await told("customer.subscription.updated", oldSubscription(plan.subscription, plan.checkoutIntentId)),
    ).toMatchObject({ status: "processed" });
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    await world.advance(60);
    await world.sandbox.subscription(plan.subscription, { action: "cancel_now" });
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
  });

  test("a renewal's invoice is recorded at once, also an older one whose metadata says nothing", async () => {
    const plan = await paidPlan();
    const renewals: string[] = [];
    for (let month = 0; month < 2; month++) {
      await world.advance(60);
      await world.sandbox.subscription(plan.subscription, { action: "renew" });
      renewals.push(await latestInvoice(plan.subscription));
    }
    const [first] = await invoicesOf(plan);
    for (const id of renewals.toReversed()) {
      expect(await told("invoice.paid", oldInvoice(id, plan.subscription))).toMatchObject({
        status: "processed",
        calls: 1,
      });
    }
    expect((await invoicesOf(plan)).map((row) => row.stripe_invoice_id)).toEqual([
      first?.stripe_invoice_id,
      ...renewals,
    ]);
  });

  test("an invoice that Stripe does not have leaves a reason, and the purchase itself is checked", async () => {
    const plan = await paidPlan();
    await world.advance(60);
    await world.sandbox.subscription(plan.subscription, { action: "renew" });
    const renewal = await latestInvoice(plan.subscription);
    const { id, status } = await told("invoice.paid", oldInvoice("in_case", plan.subscription));
    expect(status).toBe("blocked");
    expect(await eventRow(id)).toMatchObject({ error: "gone_at_stripe", checkout_intent_id: plan.checkoutIntentId });
    expect((await invoicesOf(plan)).map((row) => row.stripe_invoice_id)).toContain(renewal);
  });

  test("a session without our fields is asked for, and gives access", async () => {
    const checkout = await started(world, passes.http);
    const session = await sessionBehind(world, checkout);
    await world.sandbox.pay(session.id, "paid");
    const { amount_total: _amount, line_items: _items, livemode: _mode, ...old } = session;
    expect(await told("checkout.session.completed", { ...old, status: "complete" })).toMatchObject({
      status: "processed",
      calls: 1,
    });
    expect(await intentRow(world, checkout.checkoutIntentId)).toMatchObject({ status: "paid", blocked_reason: null });
  });

  test("while Stripe does not answer it has failed, and the schedule asks again, also for the object", async () => {
    const plan = await paidPlan();
    await world.advance(60);
    await world.sandbox.subscription(plan.subscription, { action: "cancel_now" });
    world.quiet = true;
    await world.sandbox.fault({ target: "api", path: "GET /v1/subscriptions/:id", kind: "fail_before" });
    const { id, status } = await told(
      "customer.subscription.deleted",
      oldSubscription(plan.subscription, plan.checkoutIntentId),
    );
    expect(status).toBe("failed");
    // Of Stripe's answer its kind alone is stored.
    expect((await eventRow(id))?.error).toMatch(/^Stripe[A-Za-z]+Error( [a-z_]+)?( \d+)?$/);
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    await world.advance(60);
    await world.sandbox.clearFaults();
    await world.sandbox.fault({ target: "api", path: "GET /v1/events", kind: "fail_before", times: 10 });
    await world.advance(120);
    await world.scheduled();
    world.quiet = false;
    expect(await eventRow(id)).toMatchObject({ status: "processed", error: null });
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
  });

  describe("another application's events in the same account", () => {
    const theirs: readonly (readonly [string, Json])[] = [
      ["customer.subscription.deleted", oldSubscription("sub_theirs", undefined)],
      ["customer.subscription.updated", { ...oldSubscription("sub_theirs", "order-17") }],
      ["invoice.paid", oldInvoice("in_theirs", "sub_theirs")],
      ["invoice.paid", { id: "in_theirs", object: "invoice", subscription: null }],
      ["checkout.session.completed", { id: "cs_theirs", object: "checkout.session" }],
      ["checkout.session.completed", { object: "checkout.session", client_reference_id: "x".repeat(5000) }],
      ["refund.created", { id: "re_theirs", object: "refund", payment_intent: { id: "pi_theirs" } }],
      ["charge.refunded", { id: "ch_theirs", object: "charge", payment_intent: null, metadata: [] }],
      ["charge.dispute.created", { id: 7, object: "dispute", payment_intent: ["pi_theirs"] }],
      ["invoice_payment.paid", { id: "inpay_theirs", object: "invoice_payment", invoice: "in_theirs" }],
    ];

    test("in any shape they are ignored, and hide nothing of ours", async () => {
      const found: unknown[] = [];
      const { refusals } = await health();
      for (const [type, object] of theirs) {
        for (let times = 0; times < 3; times++) {
          const { status, calls } = await told(type, object);
          if (times === 0) found.push([type, status, calls]);
        }
      }
      // A charge's id alone does not tell whose it is: Stripe is asked once an event.
      expect(found).toEqual(theirs.map(([type]) => [type, "ignored", type === "charge.refunded" ? 1 : 0]));
      expect(await health()).toMatchObject({ blockedEvents: 0, failedEvents: 0, events: [], refusals });
      const ours = await told("customer.subscription.updated", oldSubscription("sub_nowhere", "checkout-intent-none"));
      expect(ours.status).toBe("blocked");
      expect(await health()).toMatchObject({ blockedEvents: 1 });
    });

    test("of the other mode they are ignored at this endpoint, and one that names a checkout of ours waits for a person", async () => {
      const live = async (type: string, object: Json) => {
        const { id, status } = await tell(world, { type, object, livemode: true });
        return [status, (await eventRow(id))?.error];
      };
      for (const [type, object] of [...theirs, ["payout.paid", { id: "po_theirs", object: "payout" }]] as const) {
        expect([type, ...(await live(type, object))]).toEqual([type, "ignored", null]);
      }
      const ours = oldSubscription("sub_nowhere", "checkout-intent-none");
      expect(await live("customer.subscription.updated", ours)).toEqual(["blocked", "other_endpoint_mode"]);
    });

    test("a subscription into which our metadata was copied is fetched, and refused as it is in our shape", async () => {
      const plan = await paidPlan();
      const theirs = await paidElsewhere(plan.checkoutIntentId);
      const { status, id } = await told(
        "customer.subscription.deleted",
        oldSubscription(theirs, plan.checkoutIntentId),
      );
      expect([status, (await eventRow(id))?.error]).toEqual(["blocked", "other_subscription"]);
      expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    });

    /** A subscription that another application sold in the same Stripe account, with the name of our checkout in it. */
    async function paidElsewhere(checkoutIntentId: string): Promise<string> {
      const id = await soldElsewhere(world, 19_700, {
        mode: "subscription",
        "subscription_data[metadata][checkout_intent_id]": checkoutIntentId,
        "line_items[0][price_data][recurring][interval]": "month",
      });
      await world.sandbox.pay(id, "paid");
      const session = (await world.sandbox.sessions()).find((one) => one.id === id);
      return String(session?.subscription);
    }
  });
});
