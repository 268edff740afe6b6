import type { Delivery } from "../../src/dev/stripe-sandbox/client.ts";
import { openPlan, planDoors, subscriptionOf } from "../support/plans.ts";
import { snapshot } from "../support/purchase-state.ts";
import { sale } from "../support/sale.ts";
import type { World } from "../support/world.ts";

type Json = Record<string, unknown>;

/** What a life cycle comes to, and the checkout that it is of. */
export interface Life {
  readonly checkoutIntentId: string;
  /** The types of the events that are delivered, or which of a type, where not all that Stripe tells of. */
  readonly told?: readonly (string | readonly [string, number])[];
  readonly end: { status: string; access: string };
}

const paymentOf = async (world: World) => {
  const intents = (await world.sandbox.sessions()).map((session) => session.payment_intent);
  return String(intents.at(-1));
};
/** Stripe's events count in seconds. */
export const later = (world: World) => world.advance(60);

async function soldPass(world: World, outcome: "paid" | "delayed") {
  const { checkoutIntentId } = await sale(world, { bump: true, outcome: "none" });
  const session = (await world.sandbox.sessions()).at(-1);
  if (!session) throw new Error("no session");
  await world.sandbox.pay(session.id, outcome);
  await later(world);
  return { checkoutIntentId, session };
}

export async function soldPlan(world: World) {
  const doors = await planDoors(world);
  const plan = await openPlan(world, doors.http, { setup: true });
  await world.sandbox.pay(plan.sessionId, "paid");
  await later(world);
  return { ...plan, subscription: await subscriptionOf(world, plan) };
}

async function found(world: World, subscriptionId: string) {
  const subscription = (await world.sandbox.subscriptions()).find(({ id }) => id === subscriptionId);
  if (!subscription) throw new Error("there is no such subscription");
  return subscription;
}

const latestInvoice = async (world: World, subscriptionId: string) =>
  String((await found(world, subscriptionId)).latest_invoice);

/** Another application's subscription in the same Stripe account, into which all that we wrote into ours was copied. */
const strangersSubscription = async (world: World, subscriptionId: string) => ({
  ...(await found(world, subscriptionId)),
  id: "sub_strangers000000000000",
});

/** The first invoice of that subscription, for the same amount and paid. */
async function strangersInvoice(world: World): Promise<void> {
  const events = await world.sandbox.deliveries();
  const { data } = JSON.parse(events.find(({ type }) => type === "invoice.paid")?.body ?? "") as {
    data: { object: { parent: { subscription_details: object } } };
  };
  const { object } = data;
  const details = { ...object.parent.subscription_details, subscription: "sub_strangers000000000000" };
  await world.sandbox.event({
    type: "invoice.paid",
    object: { ...object, id: "in_strangers000000000000", parent: { ...object.parent, subscription_details: details } },
  });
}

/** A renewal that two payments paid, each of which went back in full; told of by `refund`s or by `charge`s alone. */
async function splitRenewal(world: World, by: "refund.created" | "charge.refunded"): Promise<Life> {
  const plan = await soldPlan(world);
  await world.deliver();
  await world.sandbox.subscription(plan.subscription, { action: "renew" });
  const events = await world.sandbox.deliveries({ pending: true });
  const objectOf = (type: string) =>
    (JSON.parse(events.findLast((event) => event.type === type)?.body ?? "") as { data: { object: Json } }).data.object;
  const whole = objectOf("invoice_payment.paid");
  const total = Number(whole.amount_paid);
  for (const [number, amount] of [5000, total - 5000].entries()) {
    const payment_intent = `pi_${number}_${plan.subscription}`;
    await later(world);
    const payment = { type: "payment_intent", payment_intent };
    const paid = {
      ...whole,
      id: `inpay_${number}_${plan.subscription}`,
      amount_paid: amount,
      amount_requested: amount,
      payment,
    };
    await world.sandbox.event({ type: "invoice_payment.paid", object: paid });
    const refund = {
      object: "refund",
      id: `re_${number}_${plan.subscription}`,
      amount,
      status: "succeeded",
      payment_intent,
    };
    const charge = {
      object: "charge",
      id: `ch_${number}_${plan.subscription}`,
      amount_refunded: amount,
      refunded: true,
      payment_intent,
    };
    await world.sandbox.event({ type: by, object: by === "refund.created" ? refund : charge });
  }
  return {
    checkoutIntentId: plan.checkoutIntentId,
    told: [["invoice.paid", 1], ["invoice_payment.paid", 2], ["invoice_payment.paid", 3], by],
    end: { status: "paid", access: "inactive" },
  };
}

export type Lives = Readonly<Record<string, (world: World) => Promise<Life>>>;

export const passLives: Lives = {
  "paid late, refunded in two parts of which one fails": async (world) => {
    const { checkoutIntentId, session } = await soldPass(world, "delayed");
    await world.sandbox.settle(session.id, "succeeded");
    await later(world);
    const paymentIntent = await paymentOf(world);
    await world.sandbox.refund({ paymentIntent, amount: 900 });
    await later(world);
    const second = await world.sandbox.refund({ paymentIntent, amount: 1900 });
    await later(world);
    await world.sandbox.settleRefund(second.id, "failed");
    return {
      checkoutIntentId,
      told: [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "refund.created",
        "charge.refunded",
        "refund.failed",
      ],
      end: { status: "paid", access: "active,active" },
    };
  },
  "a warning that comes to nothing, and a refund in full": async (world) => {
    const { checkoutIntentId } = await soldPass(world, "paid");
    const paymentIntent = await paymentOf(world);
    const dispute = await world.sandbox.dispute({ paymentIntent, status: "warning_needs_response" });
    await later(world);
    await world.sandbox.moveDispute(dispute.id, "warning_under_review");
    await later(world);
    await world.sandbox.moveDispute(dispute.id, "warning_closed");
    await later(world);
    await world.sandbox.refund({ paymentIntent });
    return { checkoutIntentId, end: { status: "refunded", access: "inactive,inactive" } };
  },
  "a dispute that is lost": async (world) => {
    const { checkoutIntentId } = await soldPass(world, "paid");
    const dispute = await world.sandbox.dispute({ paymentIntent: await paymentOf(world) });
    await later(world);
    await world.sandbox.moveDispute(dispute.id, "under_review");
    await later(world);
    await world.sandbox.moveDispute(dispute.id, "lost");
    return { checkoutIntentId, end: { status: "disputed", access: "inactive,inactive" } };
  },
};

/** A subscription's own first event is told in the first life of a plan; with it these would be eight. */
const subscriptionTypes = ["updated", "deleted", "paused", "resumed"].map((word) => `customer.subscription.${word}`);

export const planLives: Lives = {
  "a plan whose first month was refunded": async (world) => {
    const plan = await soldPlan(world);
    const invoice = (await world.sandbox.sessions()).at(-1)?.invoice;
    await world.sandbox.refund({ invoice: String(invoice) });
    return {
      checkoutIntentId: plan.checkoutIntentId,
      told: [
        "checkout.session.completed",
        "customer.subscription.created",
        "customer.subscription.updated",
        "invoice.paid",
        "invoice_payment.paid",
        "refund.created",
        "charge.refunded",
      ],
      end: { status: "refunded", access: "inactive" },
    };
  },
  "a plan that is paused, resumed, and to end with its period": async (world) => {
    const plan = await soldPlan(world);
    await world.sandbox.subscription(plan.subscription, { action: "pause" });
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "resume" });
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "cancel_at_period_end" });
    return {
      checkoutIntentId: plan.checkoutIntentId,
      told: ["checkout.session.completed", ...subscriptionTypes],
      end: { status: "paid", access: "active" },
    };
  },
  "a plan that is past due, paid again, and canceled": async (world) => {
    const plan = await soldPlan(world);
    await world.sandbox.subscription(plan.subscription, { action: "fail_payment" });
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "pay" });
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "cancel_now" });
    return {
      checkoutIntentId: plan.checkoutIntentId,
      told: ["checkout.session.completed", ["invoice.paid", 1], ...subscriptionTypes],
      end: { status: "paid", access: "inactive" },
    };
  },
  "a renewal that is refunded, a next period that is still unpaid, and a stranger's subscription": async (world) => {
    const plan = await soldPlan(world);
    await world.sandbox.subscription(plan.subscription, { action: "renew" });
    await later(world);
    const stranger = await strangersSubscription(world, plan.subscription);
    await world.sandbox.event({ type: "customer.subscription.deleted", object: { ...stranger, status: "canceled" } });
    await world.sandbox.refund({ invoice: await latestInvoice(world, plan.subscription) });
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "begin_period" });
    return {
      checkoutIntentId: plan.checkoutIntentId,
      told: [
        "checkout.session.completed",
        ["customer.subscription.updated", 1],
        ["invoice_payment.paid", 1],
        ["invoice.paid", 1],
        "refund.created",
        ["customer.subscription.updated", 2],
        "customer.subscription.deleted",
      ],
      end: { status: "paid", access: "inactive" },
    };
  },
  "a first month that went back, a next one that is paid, and a stranger's first invoice": async (world) => {
    const plan = await soldPlan(world);
    const first = await latestInvoice(world, plan.subscription);
    await world.sandbox.refund({ invoice: first });
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "begin_period" });
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "pay" });
    await later(world);
    await strangersInvoice(world);
    return {
      checkoutIntentId: plan.checkoutIntentId,
      told: [
        "checkout.session.completed",
        ["invoice_payment.paid", 0],
        "refund.created",
        ["customer.subscription.updated", 1],
        ["invoice.paid", 0],
        ["invoice.paid", 1],
        ["invoice.paid", 2],
      ],
      end: { status: "refunded", access: "active" },
    };
  },
};

/** Keeps a past due plan for some days. */
async function keepsPastDue(world: World, days: number): Promise<void> {
  await world.all(
    "INSERT INTO access_policies (owner_user_id, product_id, past_due_keeps_days, updated_at) SELECT owner_user_id, product_id, ?, 0 FROM plans WHERE slug = 'grow' ON CONFLICT DO UPDATE SET past_due_keeps_days = excluded.past_due_keeps_days",
    days,
  );
}

/** An event about the latest object of a type, with other values in it. */
async function toldAgain(world: World, type: string, change: Json): Promise<void> {
  const events = await world.sandbox.deliveries();
  const { data } = JSON.parse(events.findLast((event) => event.type === type)?.body ?? "") as {
    data: { object: Json };
  };
  await world.sandbox.event({ type, object: { ...data.object, ...change } });
}

/** In a file of their own: they set the policy of the plan. */
export const lateLives: Lives = {
  "a plan that ended, an invoice that was paid after that, and its refund": async (world) => {
    const plan = await soldPlan(world);
    await world.sandbox.subscription(plan.subscription, { action: "cancel_now" });
    await later(world);
    const paid_at = Math.floor(world.clock.now() / 1000);
    const invoice = `in_late_${plan.subscription}`;
    const payment_intent = `pi_late_${plan.subscription}`;
    const cycle = { id: invoice, billing_reason: "subscription_cycle", status_transitions: { paid_at } };
    await toldAgain(world, "invoice.paid", cycle);
    await toldAgain(world, "invoice_payment.paid", { invoice, payment: { type: "payment_intent", payment_intent } });
    await later(world);
    const refund = {
      object: "refund",
      id: `re_${plan.subscription}`,
      amount: 500,
      status: "succeeded",
      payment_intent,
    };
    await world.sandbox.event({ type: "refund.created", object: refund });
    return {
      checkoutIntentId: plan.checkoutIntentId,
      told: [
        "checkout.session.completed",
        ["invoice.paid", 0],
        "customer.subscription.deleted",
        ["invoice.paid", 1],
        ["invoice_payment.paid", 1],
        "refund.created",
      ],
      end: { status: "paid", access: "inactive" },
    };
  },
  "a plan that is kept while it is past due": async (world) => {
    await keepsPastDue(world, 7);
    const plan = await soldPlan(world);
    await world.sandbox.subscription(plan.subscription, { action: "renew" });
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "fail_payment" });
    return {
      checkoutIntentId: plan.checkoutIntentId,
      told: ["checkout.session.completed", "invoice.paid", "customer.subscription.updated"],
      end: { status: "paid", access: "active" },
    };
  },
  "a plan that is kept while it is past due, and then canceled": async (world) => {
    await keepsPastDue(world, 7);
    const plan = await soldPlan(world);
    await world.sandbox.subscription(plan.subscription, { action: "fail_payment" });
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "cancel_now" });
    return {
      checkoutIntentId: plan.checkoutIntentId,
      told: ["checkout.session.completed", "invoice.paid", ...subscriptionTypes],
      end: { status: "paid", access: "inactive" },
    };
  },
};

/** In a file of their own, so that they run beside the others. */
export const splitLives: Lives = {
  "a renewal that two payments paid, both refunded": (world) => splitRenewal(world, "refund.created"),
  "a renewal that two payments paid, of which only charges tell that they went back": (world) =>
    splitRenewal(world, "charge.refunded"),
};

/** The life as Stripe tells of it: at most seven events, and the state before the first of them. */
export async function begun(world: World, live: Lives[string]) {
  const life = await live(world);
  const all = await world.sandbox.deliveries({ pending: true });
  const nth = ({ id, type }: Delivery) => all.filter((event) => event.type === type).findIndex((one) => one.id === id);
  const isTold = (event: Delivery) =>
    life.told?.some((told) =>
      typeof told === "string" ? told === event.type : told[0] === event.type && told[1] === nth(event),
    );
  const wanted = all.filter((event) => isTold(event) ?? true);
  // Of two of one second and type Stripe is asked which is the later; that has a test of its own.
  const moment = ({ type, body }: Delivery) => `${type} ${(JSON.parse(body) as { created: number }).created}`;
  const events = wanted.filter(
    (event, index) => !wanted.slice(index + 1).some((next) => moment(next) === moment(event)),
  );
  return { ...life, events, before: await snapshot(world) };
}
