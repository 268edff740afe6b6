import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { seconds } from "../../../src/dev/stripe-sandbox/clock.ts";
import { NOW } from "../../support/now.ts";
import { LIVE_KEY, startSandbox } from "./start.ts";
import { plan, refusal, stripeAt } from "./stripe.ts";
import { listener, ofType } from "./told.ts";

const DAY = 24 * 3600;
const PAID = ["invoice_payment.paid", "invoice.paid", "payment_intent.succeeded"];
const FAILED = ["invoice.payment_failed", "payment_intent.payment_failed"];

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stripe: Stripe;
let told: ReturnType<typeof listener>;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeAt(sandbox.url);
});
beforeEach(async () => {
  await sandbox.control.reset();
  told = listener(stripe);
});
afterAll(() => sandbox.stop());

async function subscribe(outcome: "paid" | "delayed" = "paid") {
  const open = await stripe.checkout.sessions.create(plan());
  const session = await sandbox.control.pay(open.id, outcome, "buyer@example.com");
  return { session, id: String(session.subscription) };
}

/** A subscriber whose first events were heard. */
async function subscriber(): Promise<string> {
  const { id } = await subscribe();
  await told.types();
  return id;
}

const periodOf = (subscription: Pick<Stripe.Subscription, "items">) => {
  const [item] = subscription.items.data;
  return [item?.current_period_start, item?.current_period_end];
};
const invoicesOf = async (subscription: string) => (await stripe.invoices.list({ subscription })).data;
const plusMonths = (epoch: number, months: number) => {
  const date = new Date(epoch * 1000);
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(new Date(epoch * 1000).getUTCDate(), last));
  return date.getTime() / 1000;
};

test("a paid session makes a customer, a subscription and a first invoice with the setup on it, and tells of them in order", async () => {
  const { session, id } = await subscribe();
  const events = await told.events();
  expect(events.map(({ type }) => type)).toEqual([
    "customer.subscription.created",
    "customer.subscription.updated",
    ...PAID,
    "checkout.session.completed",
  ]);
  expect(new Set(events.map(({ api_version }) => api_version))).toEqual(new Set(["2026-10-28.endive"]));
  expect(ofType(events, "customer.subscription.created").data.object.status).toBe("incomplete");
  expect(ofType(events, "customer.subscription.updated").data).toMatchObject({
    object: { status: "active" },
    previous_attributes: { status: "incomplete" },
  });

  const subscription = await stripe.subscriptions.retrieve(id);
  expect(subscription).toMatchObject({
    status: "active",
    customer: session.customer,
    metadata: { intent: "checkout-intent-2" },
    latest_invoice: session.invoice,
    items: { data: [{ price: { unit_amount: 19_700, recurring: { interval: "month" } }, quantity: 1 }] },
  });
  expect(subscription).not.toHaveProperty("current_period_end");
  expect(periodOf(subscription)).toEqual([subscription.created, plusMonths(subscription.created, 1)]);
  expect(await stripe.customers.retrieve(String(session.customer))).toMatchObject({ email: "buyer@example.com" });

  const invoice = await stripe.invoices.retrieve(String(session.invoice));
  expect(invoice).toMatchObject({
    status: "paid",
    billing_reason: "subscription_create",
    amount_paid: 119_700,
    parent: {
      type: "subscription_details",
      subscription_details: { subscription: id, metadata: { intent: "checkout-intent-2" } },
    },
  });
  expect(invoice.lines.data.map(({ amount, parent }) => [amount, parent?.type])).toEqual([
    [100_000, "invoice_item_details"],
    [19_700, "subscription_item_details"],
  ]);
  const payments = await stripe.invoicePayments.list({ invoice: invoice.id });
  expect(payments.data).toMatchObject([{ status: "paid", amount_paid: 119_700, payment: { type: "payment_intent" } }]);
  const intent = await stripe.paymentIntents.retrieve(String(payments.data[0]?.payment.payment_intent), {
    expand: ["latest_charge"],
  });
  expect(intent).toMatchObject({ metadata: {}, latest_charge: { amount: 119_700, paid: true } });
  expect(ofType(events, "checkout.session.completed").data.object).toMatchObject({
    subscription: id,
    payment_intent: null,
  });
});

test("the clock bills each month once, at its time and without the setup", async () => {
  const id = await subscriber();
  const { created } = await stripe.subscriptions.retrieve(id);
  await sandbox.control.advanceClock(plusMonths(created, 1) - created - 60);
  expect(await told.types()).toEqual([]);
  const events: Stripe.Event[] = [];
  for (let step = 0; step < 5; step++) {
    await sandbox.control.advanceClock(13 * DAY);
    events.push(...(await told.events()));
  }
  expect(events.map(({ type }) => type)).toEqual([
    ...["customer.subscription.updated", ...PAID],
    ...["customer.subscription.updated", ...PAID],
    ...["customer.subscription.updated", ...PAID],
  ]);
  expect([...new Set(events.map((event) => event.created))]).toEqual([1, 2, 3].map((n) => plusMonths(created, n)));
  expect(new Set(events.map(({ request }) => request?.id))).toEqual(new Set([null]));
  expect(periodOf(await stripe.subscriptions.retrieve(id))).toEqual([plusMonths(created, 3), plusMonths(created, 4)]);
  const invoices = await invoicesOf(id);
  expect(invoices.map(({ billing_reason, amount_paid }) => [billing_reason, amount_paid])).toEqual([
    ...Array.from({ length: 3 }, () => ["subscription_cycle", 19_700]),
    ["subscription_create", 119_700],
  ]);
  expect(new Set(invoices.map(({ number }) => number)).size).toBe(4);
});

test("one jump over months bills each of them, and the event list keeps the last 30 days", async () => {
  const id = await subscriber();
  await sandbox.control.advanceClock(100 * DAY);
  expect(await invoicesOf(id)).toHaveLength(4);
  expect(await told.types()).toEqual(["customer.subscription.updated", ...PAID]);
  expect(await sandbox.control.deliveries({ pending: true })).toHaveLength(6 + 3 * 4);
});

test("many who look at once when a renewal is due bill it once", async () => {
  const id = await subscriber();
  await sandbox.control.fault({ target: "api", kind: "delay", ms: 0 });
  const looks = Array.from({ length: 8 }, () => stripe.subscriptions.retrieve(id));
  await Promise.all([sandbox.control.advanceClock(32 * DAY), ...looks]);
  await Promise.all(Array.from({ length: 8 }, () => stripe.subscriptions.retrieve(id)));
  expect(await invoicesOf(id)).toHaveLength(2);
});

test("a card that declines makes it past due; retries come after 3, 5 and 7 days, and the last one cancels", async () => {
  const id = await subscriber();
  const { created } = await stripe.subscriptions.retrieve(id);
  await sandbox.control.subscription(id, { action: "set_card", card: "declines" });
  await sandbox.control.advanceClock(plusMonths(created, 1) - created);
  expect(await told.types()).toEqual(["customer.subscription.updated", ...FAILED, "customer.subscription.updated"]);
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ status: "past_due" });
  for (const days of [3, 5]) {
    await sandbox.control.advanceClock(days * DAY);
    expect(await told.types()).toEqual(FAILED);
  }
  await sandbox.control.advanceClock(7 * DAY);
  const last = await told.events();
  expect(last.map(({ type }) => type)).toEqual([...FAILED, "customer.subscription.deleted"]);
  expect(ofType(last, "customer.subscription.deleted").data.object).toMatchObject({
    status: "canceled",
    cancellation_details: { reason: "payment_failed" },
  });
  await sandbox.control.advanceClock(90 * DAY);
  expect(await told.types()).toEqual([]);
});

test("a failed renewal that is paid after all is active again, with the same payment intent", async () => {
  const id = await subscriber();
  await sandbox.control.subscription(id, { action: "require_action" });
  expect(await told.types()).toEqual([
    "customer.subscription.updated",
    "invoice.payment_action_required",
    "invoice.payment_failed",
    "payment_intent.requires_action",
    "customer.subscription.updated",
  ]);
  const [open] = await invoicesOf(id);
  expect(open).toMatchObject({ status: "open", attempt_count: 1, amount_remaining: 19_700 });
  await sandbox.control.subscription(id, { action: "fail_payment" });
  expect(await told.types()).toEqual(FAILED);
  await sandbox.control.subscription(id, { action: "pay" });
  const events = await told.events();
  expect(events.map(({ type }) => type)).toEqual([...PAID, "customer.subscription.updated"]);
  expect(ofType(events, "customer.subscription.updated").data.previous_attributes).toEqual({ status: "past_due" });
  expect(await stripe.invoices.retrieve(open?.id ?? "")).toMatchObject({ status: "paid", attempt_count: 3 });
  const payments = await stripe.invoicePayments.list({ invoice: open?.id ?? "" });
  expect(payments.data).toHaveLength(1);
});

test("canceling at the period's end can be taken back, and otherwise ends it then", async () => {
  const id = await subscriber();
  const scheduled = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
  const [, end] = periodOf(scheduled);
  expect(scheduled).toMatchObject({ status: "active", cancel_at_period_end: true, cancel_at: end });
  const kept = await stripe.subscriptions.update(id, { cancel_at_period_end: false });
  expect(kept).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null });
  await stripe.subscriptions.update(id, { cancel_at_period_end: false });
  expect(await told.types()).toEqual(["customer.subscription.updated", "customer.subscription.updated"]);

  const asked = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
  await told.types();
  await sandbox.control.advanceClock(40 * DAY);
  const events = await told.events();
  expect(events.map(({ type, created }) => [type, created])).toEqual([["customer.subscription.deleted", end]]);
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({
    status: "canceled",
    ended_at: end,
    canceled_at: asked.canceled_at,
    cancellation_details: { reason: "cancellation_requested" },
  });
  expect((await refusal(stripe.subscriptions.update(id, { cancel_at_period_end: false }))).statusCode).toBe(400);
});

test("canceling now ends it now, once", async () => {
  const id = await subscriber();
  const details = { comment: "Too many features", feedback: "too_complex" } as const;
  const ended = await stripe.subscriptions.cancel(id, { cancellation_details: details });
  expect(ended).toMatchObject({ status: "canceled", cancellation_details: details });
  expect((await refusal(stripe.subscriptions.cancel(id))).code).toBe("resource_missing");
  expect(await told.types()).toEqual(["customer.subscription.deleted"]);
  const listed = async (params: Stripe.SubscriptionListParams) => (await stripe.subscriptions.list(params)).data.length;
  expect([await listed({}), await listed({ status: "canceled" }), await listed({ status: "all" })]).toEqual([0, 1, 1]);
});

test("a paused subscription is not billed, and resumes in a new period", async () => {
  const id = await subscriber();
  await stripe.subscriptions.pause(id);
  expect(await told.types()).toEqual(["customer.subscription.updated", "customer.subscription.paused"]);
  await sandbox.control.advanceClock(70 * DAY);
  expect(await told.types()).toEqual([]);
  const resumed = await stripe.subscriptions.resume(id);
  expect(resumed).toMatchObject({ status: "active" });
  expect(resumed).not.toHaveProperty("status_details");
  expect(periodOf(resumed)[0]).toBe(resumed.billing_cycle_anchor);
  expect(await told.types()).toEqual(["customer.subscription.updated", "customer.subscription.resumed", ...PAID]);
  expect((await refusal(stripe.subscriptions.resume(id))).message).toContain("paused");

  await sandbox.control.subscription(id, { action: "pause" });
  await sandbox.control.subscription(id, { action: "set_card", card: "declines" });
  await told.types();
  await stripe.subscriptions.resume(id, { payment_behavior: "resume_on_payment_success" });
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ status: "paused" });
  expect(await told.types()).toEqual(FAILED);
});

test("with its collection paused it goes on, and its invoices are void until then", async () => {
  const id = await subscriber();
  const resumesAt = seconds(NOW) + 45 * DAY;
  await stripe.subscriptions.update(id, { pause_collection: { behavior: "void", resumes_at: resumesAt } });
  await sandbox.control.advanceClock(65 * DAY);
  const [second, first] = await invoicesOf(id);
  expect([first?.status, second?.status]).toEqual(["void", "paid"]);
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ status: "active", pause_collection: null });
});

test("metadata is merged, one name is removed by an empty value, and all by none", async () => {
  const id = await subscriber();
  const metadata = async (change: Stripe.SubscriptionUpdateParams["metadata"]) =>
    (await stripe.subscriptions.update(id, { metadata: change ?? "" })).metadata;
  expect(await metadata({ a: "1" })).toEqual({ intent: "checkout-intent-2", a: "1" });
  expect(await metadata({ intent: "" })).toEqual({ a: "1" });
  expect(await metadata("")).toEqual({});
});

test("delayed money: active and unpaid first, then paid, or past due", async () => {
  for (const outcome of ["succeeded", "failed"] as const) {
    await sandbox.control.reset();
    const { session, id } = await subscribe("delayed");
    expect(session).toMatchObject({ status: "complete", payment_status: "unpaid" });
    expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ status: "active" });
    expect(await stripe.invoices.retrieve(String(session.invoice))).toMatchObject({ status: "open" });
    await told.types();
    await sandbox.control.settle(session.id, outcome);
    await expect(sandbox.control.settle(session.id, outcome)).rejects.toThrow("awaits no delayed payment");
    expect(await told.types()).toEqual(
      outcome === "succeeded"
        ? [...PAID, "checkout.session.async_payment_succeeded"]
        : [...FAILED, "customer.subscription.updated", "checkout.session.async_payment_failed"],
    );
    const { status } = await stripe.subscriptions.retrieve(id);
    expect(status).toBe(outcome === "succeeded" ? "active" : "past_due");
  }
});

test("live mode has subscriptions of its own", async () => {
  const live = stripeAt(sandbox.url, LIVE_KEY);
  const open = await live.checkout.sessions.create(plan());
  const { subscription } = await sandbox.control.pay(open.id, "paid");
  const id = String(subscription);
  expect((await refusal(stripe.subscriptions.retrieve(id))).code).toBe("resource_missing");
  await sandbox.control.subscription(id, { action: "renew" });
  expect((await live.invoices.list()).data.map(({ livemode }) => livemode)).toEqual([true, true]);
  expect((await sandbox.control.subscriptions()).map(({ livemode }) => livemode)).toEqual([true]);
  expect(await told.types()).toEqual([]);
});
