import { beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { withoutPlans } from "../support/plans.ts";
import { latestObject, sessionObject, told } from "../support/told.ts";
import { soldPlan } from "./lives.ts";

describeInWorld("what the audit says of a plan's checkout", { reset: true }, (world) => {
  beforeEach(() => withoutPlans(world));

  /** The latest change of a checkout itself. */
  async function latestOf(checkoutIntentId: string) {
    const [row] = await world.all<{ subject_status: string; summary: string }>(
      "SELECT subject_status, summary FROM payment_audit_events WHERE subject_id = ? ORDER BY sequence DESC LIMIT 1",
      checkoutIntentId,
    );
    return row;
  }

  const tell = async (type: string) => told(world, { type, object: await latestObject(world, type) });

  test("each report is told with what it brought", async () => {
    const { checkoutIntentId } = await soldPlan(world);
    await tell("checkout.session.completed");
    expect((await latestOf(checkoutIntentId))?.summary).toBe(
      "Stripe reported the payment page as completed, the payment.",
    );
    await tell("invoice.paid");
    expect((await latestOf(checkoutIntentId))?.summary).toBe("Stripe reported a paid invoice.");
  });

  test("the end of a subscription that frees a blocked checkout names the subscription's status", async () => {
    const { checkoutIntentId, subscription, sessionId } = await soldPlan(world);
    await world.all("UPDATE checkout_intents SET amount_cents = 1 WHERE id = ?", checkoutIntentId);
    await world.deliver();
    await world.sandbox.refund({ invoice: String((await sessionObject(world, sessionId)).invoice) });
    await world.deliver();
    expect(await latestOf(checkoutIntentId)).toMatchObject({ subject_status: "blocked" });
    await world.advance(3600);
    await world.sandbox.subscription(subscription, { action: "cancel_now" });
    const object = { ...(await latestObject(world, "customer.subscription.deleted")), status: "incomplete_expired" };
    await told(world, { type: "customer.subscription.deleted", object });
    expect(await latestOf(checkoutIntentId)).toEqual({
      subject_status: "refunded",
      summary: "Stripe reported the subscription as incomplete expired.",
    });
  });

  test("ids that a later report of the same page brings are summed up as more about the checkout", async () => {
    const { checkoutIntentId, sessionId } = await soldPlan(world);
    const session = await sessionObject(world, sessionId);
    for (const object of [{ ...session, invoice: null }, session]) {
      await told(world, { type: "checkout.session.completed", object });
    }
    expect((await latestOf(checkoutIntentId))?.summary).toBe("Stripe reported more about this checkout.");
  });

  test("another application's subscription that names the checkout is forgotten once its own is known", async () => {
    const { checkoutIntentId } = await soldPlan(world);
    const subscriptions = () =>
      world.all("SELECT plan_slug FROM billing_subscriptions WHERE checkout_intent_id = ?", checkoutIntentId);
    const theirs = { ...(await latestObject(world, "customer.subscription.created")), id: "sub_strangers0000000000" };
    await told(world, { type: "customer.subscription.created", object: theirs });
    expect(await subscriptions()).toEqual([{ plan_slug: null }]);
    await tell("checkout.session.completed");
    expect(await subscriptions()).toEqual([]);
    const rows = await world.all(
      "SELECT subject_status, summary FROM payment_audit_events WHERE checkout_intent_id = ? AND subject_status = 'forgotten'",
      checkoutIntentId,
    );
    const summary = "A subscription that only named this checkout was forgotten.";
    expect(rows).toEqual([{ subject_status: "forgotten", summary }]);
  });
});
