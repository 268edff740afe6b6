import { HANDLED_EVENT_TYPES } from "../../src/db/schema/vocabulary.ts";
import type { Delivery, SubscriptionRequest } from "../../src/dev/stripe-sandbox/client.ts";
import type { Started, sessionBehind } from "../support/launch-pass.ts";
import { openPlan, planDoors, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import type { World } from "../support/world.ts";
import type { Counter } from "./counter.ts";

type Session = Awaited<ReturnType<typeof sessionBehind>>;

/** Counts the first event of each type in each kind of sale, and its repetition. */
export async function countEvents({ world, measure, rows }: Counter, real: World): Promise<void> {
  const known = new Set((await real.sandbox.deliveries()).map(({ id }) => id));
  const deliver = async (what: string): Promise<void> => {
    // Events of one moment come in any order; here always in the same.
    const came = (await real.sandbox.deliveries())
      .filter(({ id }) => !known.has(id))
      .toSorted((one, other) => (one.type < other.type ? -1 : 1));
    for (const delivery of came) {
      known.add(delivery.id);
      const name = `event ${delivery.type}${isHandled(delivery) ? "" : ", which is not handled"} (${what})`;
      if (rows.has(name)) await real.post(delivery);
      else {
        await measure(name, () => world.post(delivery));
        await measure(name.replace(" (", ", again ("), () => world.post(delivery));
      }
    }
    // Events count in seconds. A sign-in is fresh for fifteen minutes.
    await real.advance(1);
  };
  const sessionOf = async ({ checkoutIntentId }: Pick<Started, "checkoutIntentId">): Promise<Session> => {
    const found = (await real.sandbox.sessions()).find((one) => one.client_reference_id === checkoutIntentId);
    if (!found) throw new Error("no session");
    return found;
  };
  const sold = await sale(real, { bump: true, referred: true, outcome: "none" });
  await real.sandbox.pay((await sessionOf(sold)).id, "paid");
  await deliver("a pass");
  const paymentIntent = String((await sessionOf(sold)).payment_intent);
  const refund = await real.sandbox.refund({ paymentIntent, amount: 100, status: "pending" });
  await deliver("a pass");
  await real.sandbox.settleRefund(refund.id, "failed");
  await deliver("a pass");
  const dispute = await real.sandbox.dispute({ paymentIntent });
  await deliver("a pass");
  await real.sandbox.moveDispute(dispute.id, "under_review");
  await deliver("a pass");
  await real.sandbox.moveDispute(dispute.id, "won");
  await deliver("a pass");
  for (const outcome of ["succeeded", "failed"] as const) {
    const late = await sessionOf(await sale(real, { outcome: "none" }));
    await real.sandbox.pay(late.id, "delayed");
    await deliver("a late payment");
    await real.sandbox.settle(late.id, outcome);
    await deliver("a late payment");
  }
  await real.sandbox.expire((await sessionOf(await sale(real, { outcome: "none" }))).id);
  await deliver("an open checkout");

  await withoutPlans(real);
  const plan = await openPlan(real, (await planDoors(real)).http, { setup: true });
  await real.sandbox.pay(plan.sessionId, "paid");
  await deliver("a plan");
  const subscription = await subscriptionOf(real, plan);
  for (const action of ["renew", "fail_payment", "require_action", "pay", "pause", "resume", "cancel_now"]) {
    await real.sandbox.subscription(subscription, { action } as SubscriptionRequest);
    await deliver("a plan");
  }
}

const isHandled = ({ type }: Delivery) => (HANDLED_EVENT_TYPES as readonly string[]).includes(type);

/** Handled types of event without a row. */
export const eventsWithout = (rows: ReadonlyMap<string, unknown>): readonly string[] =>
  HANDLED_EVENT_TYPES.filter((type) => ![...rows.keys()].some((name) => name.startsWith(`event ${type} (`)));
