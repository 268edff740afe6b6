import { beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { openPlan, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { audited } from "../support/purchase-state.ts";

const DAY = 86_400;
describeInWorld("months of a plan", { reset: true }, (world) => {
  beforeEach(async () => {
    await withoutPlans(world);
  });

  async function told(): Promise<void> {
    for (const delivery of await world.sandbox.deliveries({ pending: true })) {
      await audited(world, () => world.post(delivery));
    }
  }

  test("a month that went back is not had; the next one that was paid is", async () => {
    await withoutPlans(world);
    const doors = await planDoors(world);
    const plan = await openPlan(world, doors.http, { setup: true });
    await world.sandbox.pay(plan.sessionId, "paid");
    await told();
    const invoice = String((await world.sandbox.sessions()).at(-1)?.invoice);
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    await world.advance(DAY);
    await world.sandbox.refund({ invoice, amount: 100_000 });
    await told();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    await world.sandbox.refund({ invoice });
    await told();
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "refunded" });
    await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "renew" });
    await world.advance(60);
    await told();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
  });

  /** A plan that was paid for, and one step of its life after the other. */
  async function lived() {
    await withoutPlans(world);
    const plan = await openPlan(world, (await planDoors(world)).http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await told();
    const id = await subscriptionOf(world, plan);
    const invoice = async () =>
      String((await world.sandbox.subscriptions()).find((one) => one.id === id)?.latest_invoice);
    const step = async (what: () => Promise<unknown>) => {
      await world.advance(60);
      await what();
      await told();
      const { status } = await intentRow(world, plan.checkoutIntentId);
      return `${status}: ${(await planOf(world, plan))?.status}`;
    };
    const act = (action: "renew" | "begin_period" | "pay" | "fail_payment") => () =>
      world.sandbox.subscription(id, { action });
    return { plan, invoice, step, act };
  }

  test("a refunded month is not given back by an unpaid one", async () => {
    const { step, act, invoice } = await lived();
    const first = await invoice();
    expect(await step(() => world.sandbox.refund({ invoice: first }))).toBe("refunded: inactive");
    expect(await step(act("begin_period"))).toBe("refunded: inactive");
    expect(await step(act("fail_payment"))).toBe("refunded: inactive");
    expect(await step(act("pay"))).toBe("refunded: active");
  });

  test("a renewal keeps the plan while its invoice is a draft, and takes it when its money goes back", async () => {
    const { plan, step, act, invoice } = await lived();
    expect(await step(act("begin_period"))).toBe("paid: active");
    // A look of our own in that hour sees the same.
    await world.all("UPDATE checkout_intents SET check_at = 0 WHERE id = ?", plan.checkoutIntentId);
    await world.scheduled();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    expect(await step(act("pay"))).toBe("paid: active");
    const second = await invoice();
    expect(await step(() => world.sandbox.refund({ invoice: second, amount: 100 }))).toBe("paid: active");
    expect(await step(() => world.sandbox.refund({ invoice: second }))).toBe("paid: inactive");
    expect(await step(act("begin_period"))).toBe("paid: inactive");
    expect(await step(act("pay"))).toBe("paid: active");
    // What an earlier month was paid with decides no more.
    const events = await world.all<{ status: string }>(
      "SELECT DISTINCT status FROM stripe_webhook_events WHERE event_type LIKE 'refund.%' AND checkout_intent_id = ?",
      plan.checkoutIntentId,
    );
    expect(events).toEqual([{ status: "processed" }]);
  });

  test("what a month gives is the policy of what the plan sells; without a row it is the safe one", async () => {
    const { step, act, invoice } = await lived();
    const policy = (column: string, effect: string) =>
      world.all(`UPDATE access_policies SET ${column} = ? WHERE product_id = 'product-bumpgrade-grow'`, effect);
    const dispute = async () => (await world.sandbox.dispute({ invoice: await invoice() })).id;
    let id = "";
    expect(await step(act("renew"))).toBe("paid: active");
    expect(await step(async () => (id = await dispute()))).toBe("paid: active");
    expect(await step(() => world.sandbox.moveDispute(id, "won"))).toBe("paid: active");
    await policy("on_dispute_open", "deactivate");
    expect(await step(act("renew"))).toBe("paid: active");
    expect(await step(async () => (id = await dispute()))).toBe("paid: inactive");
    expect(await step(() => world.sandbox.moveDispute(id, "lost"))).toBe("paid: inactive");
    expect(await step(act("renew"))).toBe("paid: active");
    await policy("on_refund_in_full", "keep");
    const kept = await invoice();
    expect(await step(() => world.sandbox.refund({ invoice: kept }))).toBe("paid: active");
    await world.all("DELETE FROM access_policies WHERE product_id = 'product-bumpgrade-grow'");
    expect(await step(act("renew"))).toBe("paid: active");
    const safe = await invoice();
    expect(await step(() => world.sandbox.refund({ invoice: safe }))).toBe("paid: inactive");
  });

  test("renewals, refunds and disputes whose events are all lost are found by looking", async () => {
    const { plan, act, invoice } = await lived();
    const looked = async () => {
      await world.sandbox.forgetEvents();
      await world.advance(600);
      await world.all("UPDATE checkout_intents SET check_at = 0 WHERE id = ?", plan.checkoutIntentId);
      await world.scheduled();
      return (await planOf(world, plan))?.status;
    };
    await act("renew")();
    expect(await looked()).toBe("active");
    const renewal = await invoice();
    await world.sandbox.refund({ invoice: renewal });
    expect(await looked()).toBe("inactive");
    await act("begin_period")();
    expect(await looked()).toBe("inactive");
    await act("pay")();
    expect(await looked()).toBe("active");
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "paid" });
    // And what is told of it after all changes nothing.
    await told();
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "paid" });
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
  });

  test("paused, resumed, past due, paid, to end and ended: the plan and its period follow", async () => {
    await withoutPlans(world);
    const doors = await planDoors(world);
    const plan = await openPlan(world, doors.http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await told();
    const subscription = await subscriptionOf(world, plan);
    const step = async (
      action: "pause" | "resume" | "renew" | "fail_payment" | "pay" | "cancel_at_period_end" | "pause_collection",
    ) => {
      await world.advance(60);
      await world.sandbox.subscription(subscription, { action });
      await told();
      const [row] = await world.all<{ status: string; cancel_at_period_end: number; current_period_end: number }>(
        "SELECT * FROM billing_subscriptions WHERE checkout_intent_id = ?",
        plan.checkoutIntentId,
      );
      const has = await planOf(world, plan);
      expect(has?.ends_at).toBe(row?.current_period_end);
      return `${row?.status}${row?.cancel_at_period_end ? ", ending" : ""}: ${has?.status}`;
    };
    expect(await step("pause")).toBe("paused: inactive");
    expect(await step("resume")).toBe("active: active");
    expect(await step("fail_payment")).toBe("past_due: inactive");
    expect(await step("pay")).toBe("active: active");
    expect(await step("pause_collection")).toBe("active: active");
    expect(await step("resume")).toBe("active: active");
    const before = Number((await planOf(world, plan))?.ends_at);
    expect(await step("renew")).toBe("active: active");
    expect(Number((await planOf(world, plan))?.ends_at)).toBeGreaterThan(before);
    expect(await step("cancel_at_period_end")).toBe("active, ending: active");
    await world.advance(100 * DAY);
    await told();
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
  });
});
