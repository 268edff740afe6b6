import { beforeEach, describe, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { checkoutDoors, intentRow, sessionBehind, started } from "../support/launch-pass.ts";
import { type OpenPlan, openPlan, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { outcome } from "../support/purchase-state.ts";

type Json = Record<string, unknown>;

describeInWorld("names that were edited at Stripe", { reset: true }, (world) => {
  beforeEach(async () => {
    await withoutPlans(world);
  });

  /** Edits that are possible at Stripe to the name that we wrote into a subscription or a session. */
  const EDITS: Readonly<Record<string, (other: string) => Json | null>> = {
    "another application's": () => ({ checkout_intent_id: "order-17" }),
    "one that looks like ours": () => ({ checkout_intent_id: "checkout-intent-nowhere" }),
    "another checkout of ours": (other) => ({ checkout_intent_id: other }),
    empty: () => ({ checkout_intent_id: "" }),
    "left out": () => ({}),
    "gone with all others": () => null,
  };

  async function paidPlan(): Promise<OpenPlan> {
    const plan = await openPlan(world, (await planDoors(world)).http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    return plan;
  }

  async function openPass() {
    const checkout = await started(world, (await checkoutDoors(world)).http, { bump: true });
    return { checkout, session: await sessionBehind(world, checkout) };
  }

  /** Tells of the latest event of a type, with other metadata in its object. */
  async function toldEdited(type: string, edited: (object: Json) => Json): Promise<string> {
    const events = await world.sandbox.deliveries();
    const body = events.findLast((event) => event.type === type)?.body ?? "";
    const { object } = (JSON.parse(body) as { data: { object: Json } }).data;
    const { id } = await world.sandbox.event({ type, object: edited(object) });
    const delivery = (await world.sandbox.deliveries()).find(({ eventId }) => eventId === id);
    if (!delivery) throw new Error("nothing waits");
    return ((await (await world.post(delivery)).json()) as { status: string }).status;
  }

  describe("a subscription stays its checkout's, whatever is written into it later", () => {
    test.each(Object.entries(EDITS))("%s", async (_, edit) => {
      const other = (await openPass()).checkout.checkoutIntentId;
      const plan = await paidPlan();
      const metadata = edit(other);
      const before = await outcome(world, other);
      const id = await subscriptionOf(world, plan);
      const { ends_at: firstEnd } = (await planOf(world, plan)) ?? {};

      await world.advance(60);
      await world.sandbox.subscription(id, { action: "renew" });
      const inInvoice = (object: Json) => ({
        ...object,
        parent: { subscription_details: { metadata, subscription: id } },
      });
      expect(await toldEdited("invoice.paid", inInvoice)).toBe("processed");
      expect(await toldEdited("customer.subscription.updated", (object) => ({ ...object, metadata }))).toBe(
        "processed",
      );
      expect(Number((await planOf(world, plan))?.ends_at)).toBeGreaterThan(Number(firstEnd));
      expect(
        await world.all("SELECT * FROM billing_invoices WHERE checkout_intent_id = ?", plan.checkoutIntentId),
      ).toHaveLength(2);

      await world.advance(60);
      await world.sandbox.subscription(id, { action: "cancel_now" });
      expect(await toldEdited("customer.subscription.deleted", (object) => ({ ...object, metadata }))).toBe(
        "processed",
      );
      expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
      expect(await outcome(world, other)).toEqual(before);
    });
  });

  test("a session stays its checkout's, also where it names two", async () => {
    const { checkout, session } = await openPass();
    await world.sandbox.pay(session.id, "paid");
    const metadata = { checkout_intent_id: "order-17" };
    expect(await toldEdited("checkout.session.completed", (object) => ({ ...object, metadata }))).toBe("processed");
    expect(await intentRow(world, checkout.checkoutIntentId)).toMatchObject({ status: "paid", blocked_reason: null });
  });

  test("a stranger's subscription that names a paid plan ends nothing", async () => {
    const plan = await paidPlan();
    const id = await subscriptionOf(world, plan);
    await world.sandbox.subscription(id, { action: "cancel_at_period_end" });
    const before = await outcome(world, plan.checkoutIntentId);
    const stranger = (object: Json) => ({ ...object, id: "sub_strangers0000000000", status: "canceled" });
    expect(await toldEdited("customer.subscription.updated", stranger)).toBe("blocked");
    expect(await outcome(world, plan.checkoutIntentId)).toEqual(before);
  });
});
