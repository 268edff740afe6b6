import { beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { withoutPlans } from "../support/plans.ts";
import { soldPlan } from "./lives.ts";

describeInWorld("what the audit says of a plan's checkout", { reset: true }, (world) => {
  beforeEach(() => withoutPlans(world));

  /** The summary of the latest change of a checkout itself. */
  async function latestOf(checkoutIntentId: string) {
    const [row] = await world.all<{ summary: string }>(
      "SELECT summary FROM payment_audit_events WHERE subject_id = ? ORDER BY sequence DESC LIMIT 1",
      checkoutIntentId,
    );
    return row?.summary;
  }

  async function told(type: string): Promise<void> {
    expect((await world.post(await waiting(type))).status).toBe(200);
  }

  async function waiting(type: string) {
    const event = (await world.sandbox.deliveries({ pending: true })).find((one) => one.type === type);
    if (!event) throw new Error(`Stripe tells of no ${type}`);
    return event;
  }

  /** An event that Stripe tells of next, about an object as the test has it. */
  async function toldOf(type: string, object: object): Promise<void> {
    const { id } = await world.sandbox.event({ type, object: { ...object } });
    const event = (await world.sandbox.deliveries()).find(({ eventId }) => eventId === id);
    if (!event) throw new Error("nothing waits");
    expect((await world.post(event)).status).toBe(200);
  }

  test("each report is told with what it brought", async () => {
    const { checkoutIntentId } = await soldPlan(world);
    await told("checkout.session.completed");
    expect(await latestOf(checkoutIntentId)).toBe("Stripe reported the payment page as completed, the payment.");
    await told("invoice.paid");
    expect(await latestOf(checkoutIntentId)).toBe("Stripe reported a paid invoice.");
  });

  test("the end of a subscription that frees a blocked checkout is told as that", async () => {
    const { checkoutIntentId, subscription, sessionId } = await soldPlan(world);
    await world.all("UPDATE checkout_intents SET amount_cents = 1 WHERE id = ?", checkoutIntentId);
    await world.deliver();
    const session = (await world.sandbox.sessions()).find(({ id }) => id === sessionId);
    await world.sandbox.refund({ invoice: String(session?.invoice) });
    await world.deliver();
    await world.advance(3600);
    await world.sandbox.subscription(subscription, { action: "cancel_now" });
    await world.deliver();
    expect(await latestOf(checkoutIntentId)).toBe("Stripe reported the subscription as canceled.");
  });

  test("ids that a later report of the same page brings are told as more", async () => {
    const { checkoutIntentId, sessionId } = await soldPlan(world);
    const { line_items: _, ...session } = (await world.sandbox.sessions()).find(({ id }) => id === sessionId) ?? {};
    for (const object of [{ ...session, invoice: null }, session]) await toldOf("checkout.session.completed", object);
    expect(await latestOf(checkoutIntentId)).toBe("Stripe reported more about this checkout.");
  });

  test("another application's subscription that names the checkout is forgotten once its own is known", async () => {
    const { checkoutIntentId } = await soldPlan(world);
    const { body } = await waiting("customer.subscription.created");
    const { data } = JSON.parse(body) as { data: { object: object } };
    await toldOf("customer.subscription.created", { ...data.object, id: "sub_strangers0000000000" });
    await told("checkout.session.completed");
    const rows = await world.all(
      "SELECT subject_status, summary FROM payment_audit_events WHERE checkout_intent_id = ? AND subject_status = 'forgotten'",
      checkoutIntentId,
    );
    const summary = "A subscription that only named this checkout was forgotten.";
    expect(rows).toEqual([{ subject_status: "forgotten", summary }]);
  });
});
