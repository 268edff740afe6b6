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
    const event = (await world.sandbox.deliveries({ pending: true })).find((one) => one.type === type);
    if (!event) throw new Error(`Stripe tells of no ${type}`);
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
});
