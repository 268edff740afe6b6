import { beforeEach, expect, test } from "vitest";
import { EVENT_REFUSALS, type EventRefusal } from "../../src/db/schema/vocabulary.ts";
import type { EventRequest } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { CREATE, checkoutDoors, LIST, launchPassCall, sessionBehind, started } from "../support/launch-pass.ts";
import { openPlan, planDoors, sellSeveralPlans, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { snapshot } from "../support/purchase-state.ts";
import { latestObject, sessionObject, told } from "../support/told.ts";
import { OWNER } from "../support/world.ts";

type Json = Record<string, unknown>;

/** No event reaches this reason: the checkout that owns the subscription is found first. */
type Reachable = Exclude<EventRefusal, "subscription_of_other_checkout">;
const isReachable = (reason: EventRefusal): reason is Reachable => reason !== "subscription_of_other_checkout";

describeInWorld("a report that disagrees with the checkout that it names", { reset: true }, (world) => {
  beforeEach(() => withoutPlans(world));

  /** A paid pass and a paid plan, the page of another plan, and a pass whose session is not known. */
  async function checkouts() {
    await sellSeveralPlans(world);
    const passes = await checkoutDoors(world);
    const plans = await planDoors(world);
    const pass = await started(world, passes.http);
    const { id: passSessionId } = await sessionBehind(world, pass);
    await world.sandbox.pay(passSessionId, "paid");
    const plan = await openPlan(world, plans.http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    const other = await openPlan(world, plans.http, { slug: "experiment" });

    const call = await launchPassCall(world);
    await world.sandbox.fault({ target: "api", path: CREATE, kind: "drop_connection_after" });
    await world.sandbox.fault({ target: "api", path: LIST, kind: "fail_before" });
    await passes.http(call);
    const [lost] = await world.all<{ id: string }>(
      "SELECT id FROM checkout_intents WHERE idempotency_key = ?",
      call.idempotencyKey,
    );
    return {
      pass: { id: pass.checkoutIntentId, session: await sessionObject(world, passSessionId) },
      plan: {
        id: plan.checkoutIntentId,
        session: await sessionObject(world, plan.sessionId),
        subscriptionId: await subscriptionOf(world, plan),
        subscription: await latestObject(world, "customer.subscription.updated"),
        invoice: await latestObject(world, "invoice.paid"),
      },
      openPlanId: other.checkoutIntentId,
      lostId: lost?.id ?? "",
    };
  }

  const forged = ({ pass, plan, openPlanId, lostId }: Awaited<ReturnType<typeof checkouts>>) => {
    const completed = (object: Json): EventRequest => ({ type: "checkout.session.completed", object });
    const naming = (checkout_intent_id: string) => ({
      client_reference_id: checkout_intent_id,
      metadata: { checkout_intent_id },
    });
    const updated = (object: Json): EventRequest => ({
      type: "customer.subscription.updated",
      object: { ...plan.subscription, ...object },
    });
    return {
      malformed_object: completed({ object: "checkout.session", ...naming(pass.id) }),
      other_endpoint_mode: { ...completed(pass.session), livemode: true },
      two_checkouts_named: completed({
        ...pass.session,
        id: "cs_test_other",
        metadata: { checkout_intent_id: plan.id },
      }),
      checkout_not_found: completed({
        ...pass.session,
        ...naming("checkout-intent-none"),
        id: "cs_test_other",
        payment_intent: "pi_other",
      }),
      plan_and_single_payment: completed({ ...pass.session, mode: "subscription" }),
      other_session: completed({ ...pass.session, id: "cs_test_other" }),
      other_payment: completed({ ...pass.session, payment_intent: "pi_other" }),
      other_subscription: updated({ id: "sub_other" }),
      other_invoice: completed({ ...plan.session, invoice: "in_other" }),
      other_mode: updated({ livemode: true }),
      other_price: {
        type: "invoice.paid",
        object: {
          ...plan.invoice,
          id: "in_other",
          total: 1,
          parent: {
            subscription_details: { subscription: "sub_other", metadata: { checkout_intent_id: openPlanId } },
          },
        },
      },
      session_not_ours: completed({
        ...pass.session,
        ...naming(lostId),
        id: "cs_test_other",
        payment_intent: "pi_other",
      }),
      gone_at_stripe: {
        type: "invoice.paid",
        object: { id: "in_gone", object: "invoice", subscription: plan.subscriptionId },
        apiVersion: "2022-08-01",
      },
    } satisfies Record<Reachable, EventRequest>;
  };

  const renamed = ({ plan, openPlanId }: Awaited<ReturnType<typeof checkouts>>): EventRequest => ({
    type: "customer.subscription.created",
    object: { ...plan.subscription, metadata: { checkout_intent_id: openPlanId } },
  });

  /** All that reports write to, without the events themselves and the time of the next check, which a report may move. */
  async function bought() {
    const { stripe_webhook_events: _, ...tables } = await snapshot(world);
    return Object.values(tables).map((rows) => rows.map(({ check_at: _due, ...row }) => row));
  }

  test("is kept with its reason, and changes nothing", async () => {
    const all = await checkouts();
    const events = forged(all);
    const before = await bought();
    const rowOf = async (id: string) =>
      (await world.all("SELECT status, error, checkout_intent_id FROM stripe_webhook_events WHERE id = ?", id))[0];
    for (const reason of EVENT_REFUSALS.filter(isReachable)) {
      const { id } = await told(world, events[reason]);
      expect([reason, await rowOf(id)]).toMatchObject([reason, { status: "blocked", error: reason }]);
    }
    // Metadata alone moves no subscription: it is its own checkout's, and says nothing new of it.
    const { id } = await told(world, renamed(all));
    expect(await rowOf(id)).toEqual({ status: "processed", error: null, checkout_intent_id: all.plan.id });
    expect(await bought()).toEqual(before);
  });

  test("a subscription that no page has confirmed goes with the checkout that it names now", async () => {
    const { plan, openPlanId } = await checkouts();
    const ofAnother = await planDoors(world, OWNER);
    const { checkoutIntentId: another } = await openPlan(world, ofAnother.http);
    for (const [status, checkout_intent_id] of [
      ["active", openPlanId],
      ["past_due", another],
    ]) {
      const object = { ...plan.subscription, id: "sub_other", status, metadata: { checkout_intent_id } };
      await world.advance(60);
      await told(world, { type: "customer.subscription.updated", object });
      const rows = await world.all(
        "SELECT checkout_intent_id FROM billing_subscriptions WHERE stripe_subscription_id = 'sub_other'",
      );
      expect(rows).toEqual([{ checkout_intent_id }]);
    }
  });
});
