import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { orders } from "../support/orders.ts";
import { openPlan, planDoors, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { audited, outcome } from "../support/purchase-state.ts";
import { holds } from "../support/random.ts";
import { sale } from "../support/sale.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";

describeInWorld("deliveries at random", {}, (world) => {
  beforeAll(async () => {
    await world.reset();
  });

  /** A pass as chance has it: whether a bump comes with it, how it is paid, how late money ends, and what is after. */
  const passes = fc.record({
    bump: fc.boolean(),
    how: fc.constantFrom("paid", "paid", "paid", "delayed", "none"),
    settled: fc.constantFrom("succeeded", "failed"),
    after: fc.constantFrom("nothing", "part", "all", "lost", "won", "came back"),
  });
  type Chance<T> = T extends fc.Arbitrary<infer Value> ? Value : never;

  /** Lives a pass, of which Stripe tells and the server does not hear yet. */
  async function livePass({ bump, how, settled, after }: Chance<typeof passes>): Promise<void> {
    await sale(world, { bump, outcome: "none" });
    const session = (await world.sandbox.sessions()).at(-1);
    if (!session) throw new Error("no session");
    if (how === "none") return void (await world.sandbox.expire(session.id));
    await world.sandbox.pay(session.id, how);
    if (how === "delayed") {
      await world.sandbox.settle(session.id, settled);
      if (settled === "failed") return;
    }
    const paymentIntent = String((await world.sandbox.sessions()).at(-1)?.payment_intent);
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
  const plans = fc.record({
    setup: fc.boolean(),
    months: fc.array(fc.constantFrom("renew", "pause", "cancel_at_period_end"), { minLength: 3, maxLength: 3 }),
    canceled: fc.boolean(),
  });

  async function livePlan({ setup, months, canceled }: Chance<typeof plans>): Promise<void> {
    await withoutPlans(world);
    const plan = await openPlan(world, (await planDoors(world)).http, { setup });
    await world.sandbox.pay(plan.sessionId, "paid");
    const subscription = await subscriptionOf(world, plan);
    for (const action of months) {
      await world.advance(60);
      await world.sandbox.subscription(subscription, { action });
      await world.advance(60);
      await world.sandbox.subscription(subscription, { action: "resume" }).catch(() => undefined);
    }
    if (canceled) {
      await world.advance(60);
      await world.sandbox.subscription(subscription, { action: "cancel_now" });
    }
  }

  /** Eight lives, every fourth a plan; what Stripe tells of them is put in order once it is known. */
  const lives = fc.record({
    passes: fc.array(passes, { minLength: 6, maxLength: 6 }),
    plans: fc.array(plans, { minLength: 2, maxLength: 2 }),
    given: fc.gen(),
  });

  test("as many effects as events, however often and in whatever order they come; unpaid never grants, paid always does", async ({
    task,
  }) => {
    const wanted = size({ ci: 1_000, part: 5_000 });
    let deliveries = 0;
    let events = 0;
    let applied = 0;
    let moved = 0;
    const looked = { "paid checkouts": 0, "unpaid checkouts": 0, "paid without": 0, "unpaid with access": 0 };
    const enough = () => deliveries >= wanted;
    await holds("deliveries of whole lives", lives, { runs: wanted, enough }, async ({ passes, plans, given }) => {
      // Our clock goes back with it: versions grow all the same.
      await world.reset();
      await world.all("DELETE FROM stripe_webhook_events");
      for (const pass of passes) await livePass(pass);
      for (const plan of plans) await livePlan(plan);
      const told = await world.sandbox.deliveries({ pending: true });
      const statuses: string[] = [];
      const bring = async (delivery: (typeof told)[number]) => {
        const answer = (await (await world.post(delivery)).json()) as { status: string; duplicate: boolean };
        statuses.push(answer.duplicate ? "duplicate" : answer.status);
      };
      const twice = [...told, ...told];
      for (const group of given(orders, twice.length, 8)) {
        const [one, ...more] = group.flatMap((at) => twice[at] ?? []);
        if (one && more.length === 0) moved += await audited(world, () => bring(one));
        else await Promise.all([...(one ? [one] : []), ...more].map(bring));
      }
      deliveries += twice.length;
      events += told.length;
      expect(statuses.filter((status) => status === "duplicate")).toHaveLength(told.length);
      expect(statuses.filter((status) => status === "failed")).toEqual([]);
      applied += statuses.filter((status) => status !== "duplicate").length;
      expect(await world.all("SELECT id FROM stripe_webhook_events")).toHaveLength(told.length);

      // Once more, in the order in which it happened: nothing is left to say.
      const state = await outcome(world);
      for (const delivery of told) await bring(delivery);
      expect(await outcome(world)).toEqual(state);
      await agree(looked);
    });
    console.info(
      `${deliveries} deliveries of ${events} events, half of them repeats: ${events} applied once each, ${moved} audited changes looked at, ${looked["unpaid with access"]} unpaid with access, ${looked["paid without"]} paid without`,
    );
    tell(task, "P6", { counts: { deliveries, "distinct events": events, effects: applied } });
    tell(task, "P8", { counts: looked });
    tell(task, "P11", { counts: { "audited changes": moved } });
  }, 7_200_000);

  /** Holds access to what Stripe itself says now, and counts what it looked at. */
  async function agree(looked: Record<string, number>): Promise<void> {
    const count = (what: string) => {
      looked[what] = (looked[what] ?? 0) + 1;
    };
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
      count(paid ? "paid checkouts" : "unpaid checkouts");
      if (paid && grants.length < lines) count("paid without");
      if (!paid && grants.length > 0) count("unpaid with access");
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
