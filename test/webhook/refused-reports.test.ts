import { beforeEach, expect, test } from "vitest";
import { EVENT_REFUSALS, type EventRefusal } from "../../src/db/schema/vocabulary.ts";
import { type EventRequest, type SandboxSession, signBody } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { CREATE, checkoutDoors, LIST, launchPassCall, sessionBehind, started } from "../support/launch-pass.ts";
import { openPlan, planDoors, sellSeveralPlans, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { OWNER } from "../support/world.ts";

type Json = Record<string, unknown>;

/** A subscription that belongs to another checkout leads to that checkout first: its reason is a second barrier. */
type Reachable = Exclude<EventRefusal, "subscription_of_other_checkout">;
const isReachable = (reason: EventRefusal): reason is Reachable => reason !== "subscription_of_other_checkout";

describeInWorld("a report that disagrees with the checkout that it names", { reset: true }, (world) => {
  beforeEach(() => withoutPlans(world));

  const wire = ({ line_items: _, ...object }: SandboxSession): Json => object as unknown as Json;

  async function told(event: EventRequest): Promise<string> {
    const { id } = await world.sandbox.event(event);
    const delivery = (await world.sandbox.deliveries()).find(({ eventId }) => eventId === id);
    if (!delivery) throw new Error("nothing waits");
    // Whatever mode it is of, it is signed with the secret of the sandbox's endpoint.
    const secret = String(world.bindings.STRIPE_WEBHOOK_SECRET_SANDBOX);
    const signature = await signBody(delivery.body, secret, Math.floor(world.clock.now() / 1000));
    expect((await world.post({ ...delivery, signature })).status).toBe(200);
    return id;
  }

  /** The object in the latest event of a type. */
  async function objectOf(type: string): Promise<Json> {
    const event = (await world.sandbox.deliveries()).findLast((one) => one.type === type);
    return (JSON.parse(event?.body ?? "") as { data: { object: Json } }).data.object;
  }

  /** A paid pass and a paid plan, the page of another plan, and a pass whose session is not known. */
  async function checkouts() {
    await sellSeveralPlans(world);
    const passes = await checkoutDoors(world);
    const plans = await planDoors(world);
    const pass = await started(world, passes.http);
    await world.sandbox.pay((await sessionBehind(world, pass)).id, "paid");
    const plan = await openPlan(world, plans.http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    const sessions = await world.sandbox.sessions();
    const [passSession, planSession] = [pass.checkoutIntentId, plan.checkoutIntentId].map((id) =>
      sessions.find((session) => session.client_reference_id === id),
    );
    if (!passSession || !planSession) throw new Error("no sessions");
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
      pass: { id: pass.checkoutIntentId, session: wire(passSession) },
      plan: {
        id: plan.checkoutIntentId,
        session: wire(planSession),
        subscriptionId: await subscriptionOf(world, plan),
        subscription: await objectOf("customer.subscription.updated"),
        invoice: await objectOf("invoice.paid"),
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

  test("is kept with its reason, waits for a person, and changes nothing", async () => {
    const all = await checkouts();
    const events = forged(all);
    const tables = ["checkout_intents", "product_entitlements", "publisher_plan_entitlements", "billing_subscriptions"];
    /** A report may ask for an earlier check at Stripe; it is no part of what was bought. */
    const bought = () =>
      Promise.all(
        tables.map(async (table) =>
          (await world.all<Json>(`SELECT * FROM ${table} ORDER BY id`)).map(({ check_at: _, ...row }) => row),
        ),
      );
    const before = await bought();
    for (const reason of EVENT_REFUSALS.filter(isReachable)) {
      const id = await told(events[reason]);
      const [row] = await world.all("SELECT status, error FROM stripe_webhook_events WHERE id = ?", id);
      expect([reason, row]).toEqual([reason, { status: "blocked", error: reason }]);
    }
    // Metadata alone moves no subscription: it is its own checkout's, and says nothing new of it.
    await told(renamed(all));
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
      await told({ type: "customer.subscription.updated", object });
      const rows = await world.all(
        "SELECT checkout_intent_id FROM billing_subscriptions WHERE stripe_subscription_id = 'sub_other'",
      );
      expect(rows).toEqual([{ checkout_intent_id }]);
    }
  });
});
