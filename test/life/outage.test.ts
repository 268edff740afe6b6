import { beforeAll, beforeEach, expect, test } from "vitest";
import type { HealReport } from "../../src/commerce/heal/heal.ts";
import { openAgent } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { healthReader } from "../support/health.ts";
import { CREATE, checkoutDoors, intentRow, launchPassCall, resultOf } from "../support/launch-pass.ts";
import { openPlan, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;

describeInWorld("an outage of a day", { reset: true }, (world) => {
  let doors: Doors;
  let plans: Doors;
  let health: () => Promise<Record<string, unknown>>;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
    plans = await planDoors(world);
    health = await healthReader(world);
  });
  beforeEach(async () => {
    await withoutPlans(world);
    await world.all(
      "UPDATE checkout_intents SET check_at = NULL, status = 'expired' WHERE status IN ('open', 'created')",
    );
    // The clocks were set back, so what was recorded under the later ones would count as the newest.
    for (const table of ["heal_cursors", "scheduled_runs", "stripe_webhook_events"])
      await world.all(`DELETE FROM ${table}`);
    await world.scheduled();
  });

  const report = async () => ((await health()).lastScheduledRun as { report: HealReport }).report;
  const statusOf = async (id: string) => (await intentRow(world, id)).status;
  const sessionOf = async (id: string) => String((await intentRow(world, id)).stripe_checkout_session_id);
  const passes = async (id: string) =>
    (await world.all("SELECT status FROM product_entitlements WHERE checkout_intent_id = ?", id)).map(
      ({ status }) => status,
    );

  test("of the server: the first run after it knows all that happened at Stripe, and late deliveries change nothing", async () => {
    const paid = await sale(world, { outcome: "none" });
    const left = await sale(world, { outcome: "none" });
    const refunded = await sale(world);
    const plan = await openPlan(world, plans.http, { slug: "experiment" });
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    expect((await planOf(world, plan))?.status).toBe("active");
    const agent = await openAgent(world);
    const { confirmationText: _, ...asking } = await launchPassCall(world);
    await agent.call("start_checkout", asking);

    // The server answers nothing: Stripe's deliveries wait, and the schedule does not run.
    await world.advance(HOUR);
    await world.sandbox.pay(await sessionOf(paid.checkoutIntentId), "paid");
    const { stripe_payment_intent_id } = await intentRow(world, refunded.checkoutIntentId);
    await world.sandbox.refund({ paymentIntent: String(stripe_payment_intent_id) });
    await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "cancel_now" });
    await world.advance(DAY);

    await world.scheduled();
    const healed = async () => ({
      paid: [await statusOf(paid.checkoutIntentId), ...(await passes(paid.checkoutIntentId))],
      left: await statusOf(left.checkoutIntentId),
      refunded: [await statusOf(refunded.checkoutIntentId), ...(await passes(refunded.checkoutIntentId))],
      plan: (await planOf(world, plan))?.status,
    });
    const expected = {
      paid: ["paid", "active"],
      left: "expired",
      refunded: ["refunded", "inactive"],
      plan: "inactive",
    };
    expect(await healed()).toEqual(expected);
    expect((await report()).events).toMatchObject({ sandbox: { failed: 0, caughtUp: true } });
    // What was asked before has to be asked again.
    expect((await report()).approvals).toEqual({ ended: 1 });

    const answers = await world.deliver();
    expect(answers.length).toBeGreaterThan(3);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await healed()).toEqual(expected);
  });

  test("of Stripe: starts are refused and can be repeated, nothing else stops, and the first run after it settles all", async () => {
    const open = await sale(world, { outcome: "none" });
    const lost = await launchPassCall(world);
    const refused = await launchPassCall(world);
    world.quiet = true;
    // The last call arrives at Stripe and its answer is lost; after that no call arrives.
    await world.sandbox.fault({ target: "api", path: CREATE, kind: "drop_connection_after" });
    const down = () => world.sandbox.fault({ target: "api", kind: "drop_connection_before", times: 1000 });
    await down();
    expect((await doors.http(lost)).code).toBe("outcome_unknown");
    expect((await doors.http(refused)).code).toBe("outcome_unknown");
    for (let hour = 0; hour < 24; hour += 4) {
      await world.advance(4 * HOUR);
      await down();
      await world.scheduled();
    }
    expect(await report()).toMatchObject({ events: { sandbox: "broke_off" }, audit: { head: "kept" } });
    expect([(await world.fetch("/health")).status, (await world.fetch("/commerce/source-data")).status]).toEqual([
      200, 200,
    ]);

    await world.sandbox.clearFaults();
    await world.advance(HOUR);
    await world.scheduled();
    expect((await report()).events).toMatchObject({ sandbox: { failed: 0, caughtUp: true } });
    // Their time is over: nothing of theirs can be paid, and a new key starts anew.
    const ofKey = async (key: unknown) =>
      (await world.all("SELECT status FROM checkout_intents WHERE idempotency_key = ?", key))[0]?.status;
    expect([await ofKey(lost.idempotencyKey), await ofKey(refused.idempotencyKey)]).toEqual(["expired", "expired"]);
    expect(await statusOf(open.checkoutIntentId)).toBe("expired");
    expect((await health()).stuckOperations).toBe(0);
    expect(resultOf(await doors.http(await launchPassCall(world))).status).toBe("open");
  });
});
