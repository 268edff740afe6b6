import { beforeEach, expect, test } from "vitest";
import type { Delivery } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { orders } from "../support/orders.ts";
import { planOf, withoutPlans } from "../support/plans.ts";
import { audited, outcome, restore, type Snapshot, snapshot } from "../support/purchase-state.ts";
import { holds } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import type { World, WorldOptions } from "../support/world.ts";
import { begun, type Lives } from "./lives.ts";

/** Tests that every order of each life's events ends in the one state that the life says, for this business. */
export function everyOrderEndsTheSame(lives: Lives, business: Pick<WorldOptions, "business"> = {}): void {
  describeInWorld("every order of a life's events", { reset: true, ...business }, (world) => {
    beforeEach(async () => {
      await withoutPlans(world);
      // What earlier lives came to would be carried through every step of this one.
      await restore(world, {});
      await silentStripe(world);
    });

    /**
     * If each event, told last, leads from any set of others to one state of the larger set, then all orders lead there:
     * n! orders by n * 2^(n-1) deliveries. What is compared is all that a later report can be decided by.
     */
    test.for(Object.entries(lives))("%s", async ([what, live], { task }) => {
      const { checkoutIntentId, events, before, end } = await begun(world, live);
      const states = new Map<number, { outcome: string; rows: Snapshot }>();
      states.set(0, { outcome: JSON.stringify(await outcome(world)), rows: before });
      const ends = new Set<string>();
      let deliveries = 0;
      let moved = 0;
      for (let set = 1; set < 2 ** events.length; set++) {
        for (const [index, event] of events.entries()) {
          const others = set & ~(1 << index);
          const from = states.get(others);
          if (others === set || !from) continue;
          await restore(world, from.rows);
          // The whole set is looked at in every one of its last steps, the audit in some.
          if (deliveries++ % 5 === 0) moved += await audited(world, () => told(world, event));
          else await told(world, event);
          const reached = JSON.stringify(await outcome(world));
          if (set === 2 ** events.length - 1) ends.add(reached);
          const known = states.get(set);
          if (known)
            expect(JSON.parse(reached), `${set.toString(2)}, last ${event.type}`).toEqual(JSON.parse(known.outcome));
          else states.set(set, { outcome: reached, rows: await snapshot(world) });
        }
      }
      expect(await standing(world, checkoutIntentId)).toEqual(end);
      const all = events.reduce((product, _, index) => product * (index + 1), 1);
      expect(moved).toBeGreaterThan(0);
      // Once Stripe answers, what waited leads to the same end. A draft of Stripe's is collected after an hour.
      await world.sandbox.clearFaults();
      await world.advance(180);
      await world.scheduled();
      expect(await standing(world, checkoutIntentId)).toEqual(end);
      tell(task, "P7", {
        counts: { lives: 1, orders: all, "sets of events": states.size, deliveries },
        worst: {
          "events of a life": events.length,
          "end states of a life": ends.size,
        },
      });
      tell(task, "P11", { counts: { "audited changes": moved } });
      console.info(
        `${what}: ${events.length} events, ${all} orders by ${deliveries} last steps between ${states.size} sets, 1 end state`,
      );
    });

    test("and so it is when Stripe is asked at once what an unknown payment paid for", async () => {
      for (const [what, live] of Object.entries(lives)) {
        await world.reset();
        await withoutPlans(world);
        const { checkoutIntentId, events, before, end } = await begun(world, live);
        await holds(what, orders(events.length, 3), { runs: 6 }, async (groups) => {
          await restore(world, before);
          await world.all("DELETE FROM payment_traces");
          for (const group of groups) {
            await Promise.all(group.flatMap((at) => events[at] ?? []).map((event) => told(world, event)));
          }
          expect(await standing(world, checkoutIntentId), what).toEqual(end);
        });
      }
    }, 3_600_000);

    test("and so it is when whole orders are delivered, twice over", async ({ task }) => {
      const perLife = size({ ci: 6, part: 60 });
      for (const [what, live] of Object.entries(lives)) {
        await world.reset();
        await silentStripe(world);
        await withoutPlans(world);
        const { events, before } = await begun(world, live);
        for (const event of events) await told(world, event);
        const inOrder = await outcome(world);
        const twice = [...events, ...events];
        // Some come one after the other, some at once.
        await holds(what, orders(twice.length, 6), { runs: perLife }, async (groups) => {
          await restore(world, before);
          for (const group of groups) {
            await Promise.all(group.flatMap((at) => twice[at] ?? []).map((event) => told(world, event)));
          }
          expect(await outcome(world), what).toEqual(inOrder);
        });
      }
      tell(task, "P7", { counts: { "whole orders, each event twice": Object.keys(lives).length * perLife } });
      console.info(
        `${Object.keys(lives).length} lives, ${perLife} shuffled deliveries each, every event twice: 1 end state each`,
      );
    }, 3_600_000);
  });
}

/** What is compared is what the events tell: while Stripe is silent, a refund of a payment that is unknown waits. */
async function silentStripe(world: World): Promise<void> {
  world.quiet = true;
  await world.sandbox.fault({ target: "api", path: "GET /v1/invoice_payments", kind: "fail_before", times: 1000 });
}

async function told(world: World, delivery: Delivery): Promise<void> {
  const answer = await world.post(delivery);
  expect(answer.status, await answer.clone().text()).toBe(200);
  expect(await answer.json()).not.toMatchObject({ status: "failed" });
}

async function standing(world: World, checkoutIntentId: string) {
  const [intent] = await world.all("SELECT status FROM checkout_intents WHERE id = ?", checkoutIntentId);
  const access = await world.all<{ status: string }>(
    "SELECT status FROM product_entitlements WHERE checkout_intent_id = ?",
    checkoutIntentId,
  );
  const plan = await planOf(world, { checkoutIntentId });
  return { status: intent?.status, access: [...access, ...(plan ? [plan] : [])].map(({ status }) => status).join(",") };
}
