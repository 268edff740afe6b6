import { expect, test } from "vitest";
import { signBody } from "../../src/dev/stripe-sandbox/client.ts";
import type { Delivery } from "../../src/dev/stripe-sandbox/deliveries.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { openPlan, planDoors, subscriptionOf } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import type { World } from "../support/world.ts";

/** The table in which each event is noted, whatever it changes. */
const EVENTS = ["stripe_webhook_events"];

/** Posts an event again under a new id, of which nothing but its receipt is noted: Stripe may make two events of one change. */
async function postedAgain(world: World, { body }: Delivery): Promise<void> {
  const event = JSON.parse(body) as { id: string };
  const again = JSON.stringify({ ...event, id: `${event.id}_again` });
  const signature = await signBody(again, "whsec_test_sandbox_secret", Math.floor(world.clock.now() / 1000));
  const answer = await unchanged(world, () => world.post({ body: again, signature }), EVENTS);
  expect(await answer.json()).toMatchObject({
    status: expect.stringMatching(/^(processed|ignored)$/),
    duplicate: false,
  });
}

describeInWorld(
  "of money and checkouts, what Stripe tells again under a new id changes nothing",
  { reset: true },
  (world) => {
    test("a plan with its setup, a renewal, and a refund of a part", async () => {
      const plan = await openPlan(world, (await planDoors(world)).http, { setup: true });
      await world.sandbox.pay(plan.sessionId, "paid");
      await world.deliver();
      const id = await subscriptionOf(world, plan);
      await world.advance(60);
      await world.sandbox.subscription(id, { action: "renew" });
      await world.deliver();
      await world.advance(60);
      const { latest_invoice } = (await world.sandbox.subscriptions()).find((one) => one.id === id) ?? {};
      await world.sandbox.refund({ invoice: String(latest_invoice), amount: 100 });
      await world.deliver();
      await world.advance(60);
      // Two events of a subscription in one second: `ties.test.ts`.
      const told = (await world.sandbox.deliveries()).filter(({ type }) => !type.startsWith("customer.subscription."));
      expect(told.map(({ type }) => type)).toContain("invoice.paid");
      for (const delivery of told) await postedAgain(world, delivery);
    });

    test("a pass that was refunded", async () => {
      await sale(world);
      await world.advance(60);
      const payment = String((await world.sandbox.sessions()).at(-1)?.payment_intent);
      await world.sandbox.refund({ paymentIntent: payment });
      await world.deliver();
      await world.advance(60);
      const told = await world.sandbox.deliveries();
      expect(told.map(({ type }) => type)).toContain("charge.refunded");
      for (const delivery of told) await postedAgain(world, delivery);
    });
  },
);
