import { beforeEach, expect, test } from "vitest";
import type { Delivery } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { planOf, withoutPlans } from "../support/plans.ts";
import { later, soldPlan } from "./lives.ts";

describeInWorld("two events of one second", { reset: true }, (world) => {
  beforeEach(async () => {
    await withoutPlans(world);
  });

  const secondOf = ({ body }: Delivery) => (JSON.parse(body) as { created: number }).created;
  const waiting = async (...types: string[]) =>
    (await world.sandbox.deliveries({ pending: true })).filter(({ type }) => types.includes(type));

  async function told(delivery: Delivery): Promise<void> {
    const answer = await world.post(delivery);
    expect(answer.status, await answer.clone().text()).toBe(200);
    expect(await answer.json()).toMatchObject({ status: "processed" });
  }

  const WAYS = ["as they happened", "the other way round", "at once", "while Stripe is away"] as const;

  /** Tells of two events of one second; where Stripe gives no answer then, the schedule asks it later. */
  async function toldBoth(pair: readonly Delivery[], way: (typeof WAYS)[number]): Promise<void> {
    expect(pair).toHaveLength(2);
    expect(new Set(pair.map(secondOf)).size).toBe(1);
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
  }

  async function rowOf({ checkoutIntentId }: { checkoutIntentId: string }) {
    const [row] = await world.all<{
      status: string;
      cancel_at_period_end: number;
      state_event_at: number;
      state_event_rank: number;
      state_event_id: string;
    }>("SELECT * FROM billing_subscriptions WHERE checkout_intent_id = ?", checkoutIntentId);
    if (!row) throw new Error("the subscription is not known");
    return row;
  }

  test.each(WAYS)("two updates of one second, told %s: Stripe says which is the later", async (way) => {
    const plan = await soldPlan(world);
    await world.deliver();
    await later(world);
    // The period ends, and its renewal is declined, within one second.
    await world.sandbox.subscription(plan.subscription, { action: "fail_payment" });
    await toldBoth((await waiting("customer.subscription.updated")).slice(-2), way);
    expect(await rowOf(plan)).toMatchObject({ status: "past_due" });
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "pay" });
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
  });

  test.each(WAYS)("a resumption and an update of one second, told %s: no type is always the later", async (way) => {
    const plan = await soldPlan(world);
    await world.sandbox.subscription(plan.subscription, { action: "pause" });
    await world.deliver();
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "resume" });
    await world.sandbox.subscription(plan.subscription, { action: "cancel_at_period_end" });
    const [resumed] = await waiting("customer.subscription.resumed");
    const updated = (await waiting("customer.subscription.updated")).at(-1);
    await toldBoth(
      [resumed, updated].filter((event) => event !== undefined),
      way,
    );
    expect(await rowOf(plan)).toMatchObject({ status: "active", cancel_at_period_end: 1 });
  });

  test("a creation is always the first and a deletion the last: Stripe is not asked", async () => {
    const plan = await soldPlan(world);
    const [created] = await waiting("customer.subscription.created");
    const [updated] = await waiting("customer.subscription.updated");
    const [completed] = await waiting("checkout.session.completed");
    await world.sandbox.subscription(plan.subscription, { action: "cancel_at_period_end" });
    await world.sandbox.subscription(plan.subscription, { action: "cancel_now" });
    const ending = (await waiting("customer.subscription.updated")).at(-1);
    const [deleted] = await waiting("customer.subscription.deleted");
    const calls = async () => (await world.sandbox.calls()).length;
    const before = await calls();
    for (const event of [completed, updated, created, deleted, ending]) if (event) await told(event);
    expect(await rowOf(plan)).toMatchObject({ status: "canceled" });
    expect(await calls()).toBe(before);
  });

  test("a look is later than what was told before it, and not than what its second may still tell", async () => {
    const plan = await soldPlan(world);
    await world.deliver();
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "cancel_at_period_end" });
    const first = (await waiting("customer.subscription.updated")).at(-1);
    if (!first) throw new Error("nothing waits");
    await told(first);
    const before = await rowOf(plan);
    expect(before).toMatchObject({ cancel_at_period_end: 1, state_event_rank: 2 });
    // In the same second the buyer keeps it after all, and we look before that is told.
    await world.sandbox.subscription(plan.subscription, { action: "resume" });
    const second = (await waiting("customer.subscription.updated")).at(-1);
    if (!second) throw new Error("nothing waits");
    expect(secondOf(second)).toBe(secondOf(first));
    const look = async () => {
      await world.all("UPDATE checkout_intents SET check_at = 0 WHERE id = ?", plan.checkoutIntentId);
      world.quiet = true;
      // Only the objects tell: the list of events is away.
      await world.sandbox.fault({ target: "api", path: "GET /v1/events", kind: "fail_before", times: 10 });
      await world.scheduled();
      await world.sandbox.clearFaults();
      world.quiet = false;
    };
    await look();
    const looked = await rowOf(plan);
    expect(looked).toMatchObject({
      cancel_at_period_end: 0,
      state_event_at: before.state_event_at,
      state_event_rank: before.state_event_rank,
      state_event_id: "",
    });
    const object = (JSON.parse(first.body) as { data: { object: Record<string, unknown> } }).data.object;
    const calls = async () => (await world.sandbox.calls()).length;
    const toldOf = async (created: number) => {
      const { id } = await world.sandbox.event({ type: "customer.subscription.updated", object, created });
      const event = (await world.sandbox.deliveries({ pending: true })).find(({ eventId }) => eventId === id);
      if (!event) throw new Error("nothing waits");
      const asked = await calls();
      await told(event);
      expect(await rowOf(plan)).toMatchObject({ cancel_at_period_end: 0 });
      return (await calls()) > asked;
    };
    expect(await toldOf(secondOf(first)), "of that second: Stripe is asked").toBe(true);
    expect(await toldOf(secondOf(first) - 1), "of the one before: it is known to be older").toBe(false);
    await told(second);
    expect(await rowOf(plan)).toMatchObject({ cancel_at_period_end: 0, state_event_rank: 2 });
  });
});
