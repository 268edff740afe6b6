import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../../src/dev/stripe-sandbox/client.ts";
import { openPlan, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { audited, outcome, restore, type Snapshot, snapshot } from "../support/purchase-state.ts";
import { seededRandom } from "../support/random.ts";
import { sale } from "../support/sale.ts";
import { createWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.reset();
  await withoutPlans(world);
  // What earlier lives came to would be carried through every step of this one.
  await restore(world, {});
});

/** What a life cycle comes to, and the checkout that it is of. */
interface Life {
  readonly checkoutIntentId: string;
  /** The types of the events that are delivered, or which of a type, where not all that Stripe tells of. */
  readonly told?: readonly (string | readonly [string, number])[];
  readonly end: { status: string; access: string };
}

const paymentOf = async () => {
  const intents = (await world.sandbox.sessions()).map((session) => session.payment_intent);
  return String(intents.at(-1));
};
/** Stripe's events count in seconds. */
const later = () => world.advance(60);

async function soldPass(outcome: "paid" | "delayed") {
  const { checkoutIntentId } = await sale(world, { bump: true, outcome: "none" });
  const session = (await world.sandbox.sessions()).at(-1);
  if (!session) throw new Error("no session");
  await world.sandbox.pay(session.id, outcome);
  await later();
  return { checkoutIntentId, session };
}

async function soldPlan() {
  const doors = await planDoors(world);
  const plan = await openPlan(world, doors.http, { setup: true });
  await world.sandbox.pay(plan.sessionId, "paid");
  await later();
  return { ...plan, subscription: await subscriptionOf(world, plan) };
}

async function found(subscriptionId: string) {
  const subscription = (await world.sandbox.subscriptions()).find(({ id }) => id === subscriptionId);
  if (!subscription) throw new Error("there is no such subscription");
  return subscription;
}

const latestInvoice = async (subscriptionId: string) => String((await found(subscriptionId)).latest_invoice);

/** Another application's subscription in the same Stripe account, into which all that we wrote into ours was copied. */
const strangersSubscription = async (subscriptionId: string) => ({
  ...(await found(subscriptionId)),
  id: "sub_strangers000000000000",
});

/** The first invoice of that subscription, for the same amount and paid. */
async function strangersInvoice(): Promise<void> {
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

const lives: Record<string, () => Promise<Life>> = {
  "paid late, refunded in two parts of which one fails": async () => {
    const { checkoutIntentId, session } = await soldPass("delayed");
    await world.sandbox.settle(session.id, "succeeded");
    await later();
    const paymentIntent = await paymentOf();
    await world.sandbox.refund({ paymentIntent, amount: 900 });
    await later();
    const second = await world.sandbox.refund({ paymentIntent, amount: 1900 });
    await later();
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
  "a warning that comes to nothing, and a refund in full": async () => {
    const { checkoutIntentId } = await soldPass("paid");
    const paymentIntent = await paymentOf();
    const dispute = await world.sandbox.dispute({ paymentIntent, status: "warning_needs_response" });
    await later();
    await world.sandbox.moveDispute(dispute.id, "warning_under_review");
    await later();
    await world.sandbox.moveDispute(dispute.id, "warning_closed");
    await later();
    await world.sandbox.refund({ paymentIntent });
    return { checkoutIntentId, end: { status: "refunded", access: "inactive,inactive" } };
  },
  "a dispute that is lost": async () => {
    const { checkoutIntentId } = await soldPass("paid");
    const dispute = await world.sandbox.dispute({ paymentIntent: await paymentOf() });
    await later();
    await world.sandbox.moveDispute(dispute.id, "under_review");
    await later();
    await world.sandbox.moveDispute(dispute.id, "lost");
    return { checkoutIntentId, end: { status: "disputed", access: "inactive,inactive" } };
  },
  "a plan whose first month was refunded": async () => {
    const plan = await soldPlan();
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
  "a plan that is paused, resumed, and to end with its period": async () => {
    const plan = await soldPlan();
    await world.sandbox.subscription(plan.subscription, { action: "pause" });
    await later();
    await world.sandbox.subscription(plan.subscription, { action: "resume" });
    await later();
    await world.sandbox.subscription(plan.subscription, { action: "cancel_at_period_end" });
    return {
      checkoutIntentId: plan.checkoutIntentId,
      told: ["checkout.session.completed", ...subscriptionTypes],
      end: { status: "paid", access: "active" },
    };
  },
  "a plan that is past due, paid again, and canceled": async () => {
    const plan = await soldPlan();
    await world.sandbox.subscription(plan.subscription, { action: "fail_payment" });
    await later();
    await world.sandbox.subscription(plan.subscription, { action: "pay" });
    await later();
    await world.sandbox.subscription(plan.subscription, { action: "cancel_now" });
    return {
      checkoutIntentId: plan.checkoutIntentId,
      told: ["checkout.session.completed", ["invoice.paid", 1], ...subscriptionTypes],
      end: { status: "paid", access: "inactive" },
    };
  },
  "a renewal that is refunded, a next period that nobody paid yet, and a stranger's subscription": async () => {
    const plan = await soldPlan();
    await world.sandbox.subscription(plan.subscription, { action: "renew" });
    await later();
    const stranger = await strangersSubscription(plan.subscription);
    await world.sandbox.event({ type: "customer.subscription.deleted", object: { ...stranger, status: "canceled" } });
    await world.sandbox.refund({ invoice: await latestInvoice(plan.subscription) });
    await later();
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
  "a first month that went back, a next one that is paid, and a stranger's first invoice": async () => {
    const plan = await soldPlan();
    const first = await latestInvoice(plan.subscription);
    await world.sandbox.refund({ invoice: first });
    await later();
    await world.sandbox.subscription(plan.subscription, { action: "begin_period" });
    await later();
    await world.sandbox.subscription(plan.subscription, { action: "pay" });
    await later();
    await strangersInvoice();
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

/** A subscription's own first event is told in the life above; with it these would be eight. */
const subscriptionTypes = ["updated", "deleted", "paused", "resumed"].map((word) => `customer.subscription.${word}`);

/** The life as Stripe tells of it: at most seven events, and the state before the first of them. */
async function begun(live: () => Promise<Life>) {
  const life = await live();
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

async function told(delivery: Delivery): Promise<void> {
  const answer = await world.post(delivery);
  expect(answer.status, await answer.clone().text()).toBe(200);
  expect(await answer.json()).not.toMatchObject({ status: "failed" });
}

async function standing(checkoutIntentId: string) {
  const [intent] = await world.all("SELECT status FROM checkout_intents WHERE id = ?", checkoutIntentId);
  const access = await world.all<{ status: string }>(
    "SELECT status FROM product_entitlements WHERE checkout_intent_id = ?",
    checkoutIntentId,
  );
  const plan = await planOf(world, { checkoutIntentId });
  return { status: intent?.status, access: [...access, ...(plan ? [plan] : [])].map(({ status }) => status).join(",") };
}

test.each(["as they happened", "the other way round", "at once", "while Stripe is away"])(
  "two states of one second, told %s: Stripe says which is the later",
  async (way) => {
    const plan = await soldPlan();
    await world.deliver();
    await later();
    // The period ends, and its renewal is declined, within one second.
    await world.sandbox.subscription(plan.subscription, { action: "fail_payment" });
    const updates = (await world.sandbox.deliveries({ pending: true })).filter(({ type }) => type.endsWith(".updated"));
    const pair = updates.slice(-2);
    const seconds = pair.map(({ body }) => (JSON.parse(body) as { created: number }).created);
    expect(new Set(seconds).size).toBe(1);
    if (way === "while Stripe is away") {
      world.quiet = true;
      await world.sandbox.fault({ target: "api", kind: "fail_before", times: 2 });
    }
    if (way === "at once") await Promise.all(pair.map(told));
    else for (const event of way === "the other way round" ? pair.toReversed() : pair) await told(event);
    if (way === "while Stripe is away") {
      await world.sandbox.clearFaults();
      await world.scheduled();
    }
    const [row] = await world.all(
      "SELECT status FROM billing_subscriptions WHERE checkout_intent_id = ?",
      plan.checkoutIntentId,
    );
    expect(row).toEqual({ status: "past_due" });
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
    await later();
    await world.sandbox.subscription(plan.subscription, { action: "pay" });
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
  },
);

describe("every order of a life's events ends the same", () => {
  /**
   * If each event, told last, leads from any set of others to one state of the larger set, then all orders lead there:
   * n! orders by n * 2^(n-1) deliveries. What is compared is all that a later report can be decided by.
   */
  test.each(Object.entries(lives))(
    "%s",
    async (what, live) => {
      const { checkoutIntentId, events, before, end } = await begun(live);
      const states = new Map<number, { outcome: string; rows: Snapshot }>();
      states.set(0, { outcome: JSON.stringify(await outcome(world)), rows: before });
      let deliveries = 0;
      let moved = 0;
      for (let set = 1; set < 2 ** events.length; set++) {
        for (const [index, event] of events.entries()) {
          const others = set & ~(1 << index);
          const from = states.get(others);
          if (others === set || !from) continue;
          await restore(world, from.rows);
          // The whole set is looked at in every one of its last steps, the audit in some.
          if (deliveries++ % 5 === 0) moved += await audited(world, () => told(event));
          else await told(event);
          const reached = JSON.stringify(await outcome(world));
          const known = states.get(set);
          if (known)
            expect(JSON.parse(reached), `${set.toString(2)}, last ${event.type}`).toEqual(JSON.parse(known.outcome));
          else states.set(set, { outcome: reached, rows: await snapshot(world) });
        }
      }
      expect(await standing(checkoutIntentId)).toEqual(end);
      const orders = events.reduce((product, _, index) => product * (index + 1), 1);
      expect(moved).toBeGreaterThan(0);
      console.info(
        `${what}: ${events.length} events, ${orders} orders by ${deliveries} last steps between ${states.size} sets, 1 end state`,
      );
    },
    300_000,
  );

  test("and so it is when whole orders are delivered, twice over", async () => {
    const random = seededRandom("orders of events");
    const perLife = world.bindings.TEST_LONG ? 5040 : 6;
    for (const [what, live] of Object.entries(lives)) {
      await world.reset();
      await withoutPlans(world);
      const { events, before } = await begun(live);
      for (const event of events) await told(event);
      const inOrder = await outcome(world);
      for (let order = 0; order < perLife; order++) {
        await restore(world, before);
        const twice = random.shuffled([...events, ...events]);
        // Some come one after the other, some at once.
        for (let at = 0; at < twice.length; ) {
          const atOnce = 1 + random.below(6);
          await Promise.all(twice.slice(at, at + atOnce).map(told));
          at += atOnce;
        }
        expect(await outcome(world), what).toEqual(inOrder);
      }
    }
    console.info(
      `${Object.keys(lives).length} lives, ${perLife} shuffled deliveries each, every event twice: 1 end state each`,
    );
  }, 3_600_000);
});
