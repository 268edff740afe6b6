import { beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { audited } from "../support/purchase-state.ts";
import { sale } from "../support/sale.ts";

describeInWorld("money that goes back", { reset: true }, (world) => {
  beforeEach(async () => {
    await world.all("UPDATE access_policies SET on_refund_in_full = 'deactivate', on_dispute_open = 'keep'");
  });

  async function soldPass() {
    const { checkoutIntentId } = await sale(world, { bump: true });
    const session = (await world.sandbox.sessions()).at(-1);
    const look = async () => {
      const { status } = await intentRow(world, checkoutIntentId);
      const access = await world.all<{ status: string; task: string }>(
        "SELECT e.status, t.status AS task FROM product_entitlements e JOIN product_fulfillment_tasks t ON t.entitlement_id = e.id WHERE e.checkout_intent_id = ? ORDER BY e.product_id",
        checkoutIntentId,
      );
      return `${status}: ${access.map((row) => `${row.status}/${row.task}`).join(" ")}`;
    };
    return { checkoutIntentId, paymentIntent: String(session?.payment_intent), look };
  }

  async function told(): Promise<void> {
    for (const delivery of await world.sandbox.deliveries({ pending: true })) {
      await audited(world, () => world.post(delivery));
    }
  }

  const HAD = "active/queued active/queued";
  const LOST = "inactive/paused inactive/paused";

  test("a part leaves everything, the rest takes it, a failed refund gives it back", async () => {
    const { paymentIntent, look } = await soldPass();
    await world.sandbox.refund({ paymentIntent, amount: 900 });
    await told();
    expect(await look()).toBe(`paid: ${HAD}`);
    await world.sandbox.refund({ paymentIntent, amount: 900 });
    await told();
    expect(await look()).toBe(`paid: ${HAD}`);
    const last = await world.sandbox.refund({ paymentIntent, amount: 1000 });
    await told();
    expect(await look()).toBe(`refunded: ${LOST}`);
    await world.sandbox.settleRefund(last.id, "failed");
    await told();
    expect(await look()).toBe(`paid: ${HAD}`);
  });

  test("a warning and an open dispute keep access, a lost one takes it, a won one gives the checkout back", async () => {
    const first = await soldPass();
    const dispute = await world.sandbox.dispute({
      paymentIntent: first.paymentIntent,
      status: "warning_needs_response",
    });
    await told();
    expect(await first.look()).toBe(`paid: ${HAD}`);
    await world.sandbox.moveDispute(dispute.id, "warning_closed");
    await told();
    expect(await first.look()).toBe(`paid: ${HAD}`);

    for (const [end, expected] of [
      ["won", `paid: ${HAD}`],
      ["lost", `disputed: ${LOST}`],
    ] as const) {
      const pass = await soldPass();
      const opened = await world.sandbox.dispute({ paymentIntent: pass.paymentIntent });
      await told();
      expect(await pass.look()).toBe(`disputed: ${HAD}`);
      await world.sandbox.moveDispute(opened.id, end);
      await told();
      expect(await pass.look()).toBe(expected);
    }
  });

  test("what access does is the product's policy, row by row; without a row it is the safe one", async () => {
    const kept = await world.all<{ product_id: string }>("SELECT product_id FROM access_policies ORDER BY product_id");
    expect(kept.map((row) => row.product_id)).toEqual([
      "product-bumpgrade-experiment",
      "product-bumpgrade-grow",
      "product-launch-bundle",
      "product-launch-checklist-download",
      "product-launch-coaching-session",
      "product-launch-course-lite",
      "product-launch-membership",
      "product-launch-webinar-seat",
    ]);
    await world.all(
      "UPDATE access_policies SET on_refund_in_full = 'keep', on_dispute_open = 'deactivate' WHERE product_id = 'product-launch-bundle'",
    );
    await world.all("DELETE FROM access_policies WHERE product_id = 'product-launch-checklist-download'");
    const refunded = await soldPass();
    await world.sandbox.refund({ paymentIntent: refunded.paymentIntent });
    await told();
    expect(await refunded.look()).toBe("refunded: active/queued inactive/paused");
    const disputed = await soldPass();
    await world.sandbox.dispute({ paymentIntent: disputed.paymentIntent });
    await told();
    expect(await disputed.look()).toBe("disputed: inactive/paused active/queued");
  });

  test("a refund that comes before its checkout is known to be paid, and a state that is still unknown", async () => {
    const { checkoutIntentId } = await sale(world, { bump: true, outcome: "none" });
    const session = (await world.sandbox.sessions()).at(-1);
    await world.sandbox.pay(session?.id ?? "", "paid");
    const paid = await world.sandbox.deliveries({ pending: true });
    const paymentIntent = String((await world.sandbox.sessions()).at(-1)?.payment_intent);
    const refund = await world.sandbox.refund({ paymentIntent });
    const early = (await world.sandbox.deliveries({ pending: true })).filter(
      ({ id }) => !paid.some((one) => one.id === id),
    );
    for (const delivery of [...early, ...paid]) expect((await world.post(delivery)).status).toBe(200);
    expect(await intentRow(world, checkoutIntentId)).toMatchObject({ status: "refunded" });
    const access = await world.all(
      "SELECT status FROM product_entitlements WHERE checkout_intent_id = ?",
      checkoutIntentId,
    );
    expect(access).toEqual([{ status: "inactive" }, { status: "inactive" }]);

    const other = await soldPass();
    const unheard = {
      ...refund,
      id: "re_unheardOf00000000000",
      payment_intent: other.paymentIntent,
      status: "wandering",
    };
    await world.sandbox.event({ type: "refund.updated", object: unheard });
    await told();
    expect(await other.look()).toBe(`paid: ${HAD}`);
  });

  test("at once and in every pairing, the refund and the payment lose nothing of each other", async () => {
    for (let round = 0; round < 12; round++) {
      await world.sandbox.reset();
      const { checkoutIntentId } = await sale(world, { outcome: "none" });
      const session = (await world.sandbox.sessions()).at(-1);
      await world.sandbox.pay(session?.id ?? "", "paid");
      await world.sandbox.refund({ paymentIntent: String((await world.sandbox.sessions()).at(-1)?.payment_intent) });
      const deliveries = await world.sandbox.deliveries({ pending: true });
      const answers = await Promise.all((round % 2 ? deliveries : deliveries.toReversed()).map(world.post));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(await intentRow(world, checkoutIntentId)).toMatchObject({ status: "refunded" });
    }
  });
});
