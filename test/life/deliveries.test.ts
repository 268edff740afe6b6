import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { openPlan, planDoors, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { audited, outcome } from "../support/purchase-state.ts";
import { seededRandom } from "../support/random.ts";
import { sale } from "../support/sale.ts";

describeInWorld("deliveries at random", {}, (world) => {
  beforeAll(async () => {
    await world.reset();
  });

  type Random = ReturnType<typeof seededRandom>;

  /** A life as chance has it, of which Stripe tells and nobody hears yet. */
  async function live(random: Random): Promise<void> {
    const { checkoutIntentId: _ } = await sale(world, { bump: random.below(2) === 0, outcome: "none" });
    const session = (await world.sandbox.sessions()).at(-1);
    if (!session) throw new Error("no session");
    const how = random.pick(["paid", "paid", "paid", "delayed", "none"] as const);
    if (how === "none") return void (await world.sandbox.expire(session.id));
    await world.sandbox.pay(session.id, how);
    if (how === "delayed") {
      const settled = random.pick(["succeeded", "failed"] as const);
      await world.sandbox.settle(session.id, settled);
      if (settled === "failed") return;
    }
    const paymentIntent = String((await world.sandbox.sessions()).at(-1)?.payment_intent);
    const after = random.pick(["nothing", "part", "all", "lost", "won", "came back"] as const);
    if (after === "part") await world.sandbox.refund({ paymentIntent, amount: 100 });
    if (after === "all") await world.sandbox.refund({ paymentIntent });
    if (after === "came back") {
      await world.sandbox.settleRefund((await world.sandbox.refund({ paymentIntent })).id, "failed");
    }
    if (after === "lost" || after === "won") {
      await world.sandbox.moveDispute((await world.sandbox.dispute({ paymentIntent })).id, after);
    }
  }

  /** A plan that goes through some months. */
  async function livePlan(random: Random): Promise<void> {
    await withoutPlans(world);
    const plan = await openPlan(world, (await planDoors(world)).http, { setup: random.below(2) === 0 });
    await world.sandbox.pay(plan.sessionId, "paid");
    const subscription = await subscriptionOf(world, plan);
    for (let step = 0; step < 3; step++) {
      await world.advance(60);
      await world.sandbox.subscription(subscription, {
        action: random.pick(["renew", "pause", "cancel_at_period_end"] as const),
      });
      await world.advance(60);
      await world.sandbox.subscription(subscription, { action: "resume" }).catch(() => undefined);
    }
    if (random.below(2)) {
      await world.advance(60);
      await world.sandbox.subscription(subscription, { action: "cancel_now" });
    }
  }

  test("as many effects as events, however often and in whatever order they come; unpaid never grants, paid always does", async () => {
    const random = seededRandom("deliveries of whole lives");
    const long = Boolean(world.bindings.TEST_LONG);
    const wanted = long ? 100_000 : 1_000;
    let deliveries = 0;
    let events = 0;
    let moved = 0;
    while (deliveries < wanted) {
      // Our clock goes back with it: versions grow all the same.
      await world.reset();
      await world.all("DELETE FROM stripe_webhook_events");
      for (let life = 0; life < 8; life++) await (life % 4 === 3 ? livePlan(random) : live(random));
      const told = await world.sandbox.deliveries({ pending: true });
      const statuses: string[] = [];
      const bring = async (delivery: (typeof told)[number]) => {
        const answer = (await (await world.post(delivery)).json()) as { status: string; duplicate: boolean };
        statuses.push(answer.duplicate ? "duplicate" : answer.status);
      };
      const twice = random.shuffled([...told, ...told]);
      for (let at = 0; at < twice.length; ) {
        const one = twice[at];
        if (one && random.below(4) === 0) {
          moved += await audited(world, () => bring(one));
          at++;
          continue;
        }
        const atOnce = 1 + random.below(8);
        await Promise.all(twice.slice(at, at + atOnce).map(bring));
        at += atOnce;
      }
      deliveries += twice.length;
      events += told.length;
      expect(statuses.filter((status) => status === "duplicate")).toHaveLength(told.length);
      expect(statuses.filter((status) => status === "failed")).toEqual([]);
      expect(await world.all("SELECT id FROM stripe_webhook_events")).toHaveLength(told.length);

      // Once more, in the order in which it happened: nothing is left to say.
      const state = await outcome(world);
      for (const delivery of told) await bring(delivery);
      expect(await outcome(world)).toEqual(state);
      await agree();
    }
    console.info(
      `${deliveries} deliveries of ${events} events, half of them repeats: ${events} applied once each, ${moved} audited changes looked at, 0 unpaid with access, 0 paid without`,
    );
  }, 7_200_000);

  /** Holds access to what Stripe itself says now. */
  async function agree(): Promise<void> {
    const sessions = new Map((await world.sandbox.sessions()).map((session) => [session.client_reference_id, session]));
    const intents = await world.all<{ id: string; status: string; plan_slug: string | null }>(
      "SELECT * FROM checkout_intents",
    );
    for (const { id, status, plan_slug } of intents) {
      const session = sessions.get(id);
      if (!session) continue;
      const grants = await world.all<{ status: string }>(
        `SELECT status FROM ${plan_slug ? "publisher_plan_entitlements" : "product_entitlements"} WHERE checkout_intent_id = ?`,
        id,
      );
      const lines = plan_slug ? 1 : session.line_items.length;
      const paid = session.payment_status === "paid";
      expect([id, grants.length], status).toEqual([id, paid ? lines : 0]);
      if (plan_slug) {
        const subscription = (await world.sandbox.subscriptions()).find((one) => one.id === session.subscription);
        expect(grants.map((grant) => grant.status)).toEqual([
          subscription?.status === "active" ? "active" : "inactive",
        ]);
        continue;
      }
      const had = ["paid"].includes(status) ? "active" : "inactive";
      expect(grants.map((grant) => grant.status)).toEqual(grants.map(() => had));
    }
  }
});
