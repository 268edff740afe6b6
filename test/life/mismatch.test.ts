import { beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { connect } from "../support/mcp.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { openPlan, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { audited } from "../support/purchase-state.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

/** The owner's list of blocked orders. */
const BLOCKED_ORDERS = "/owner/orders?filter=status:blocked";

describeInWorld("a mismatch", { reset: true }, (world) => {
  beforeEach(async () => {
    await withoutPlans(world);
  });

  /** A launch pass whose payment page asks for more than was confirmed. */
  async function misprised() {
    const { checkoutIntentId } = await sale(world, { bump: true, outcome: "none" });
    await world.all("UPDATE checkout_intents SET amount_cents = amount_cents - 100 WHERE id = ?", checkoutIntentId);
    const session = (await world.sandbox.sessions()).at(-1);
    if (!session) throw new Error("no session");
    const look = async () => {
      const { status, blocked_reason } = await intentRow(world, checkoutIntentId);
      const access = await world.all(
        "SELECT id FROM product_entitlements WHERE checkout_intent_id = ?",
        checkoutIntentId,
      );
      return `${status}, ${access.length} given${blocked_reason ? ", with a reason" : ""}`;
    };
    const paymentIntent = async () => String((await world.sandbox.sessions()).at(-1)?.payment_intent);
    return { checkoutIntentId, sessionId: session.id, look, paymentIntent };
  }

  async function told(deliveries?: readonly Delivery[]): Promise<void> {
    for (const delivery of deliveries ?? (await world.sandbox.deliveries({ pending: true }))) {
      await audited(world, async () => expect((await world.post(delivery)).status).toBe(200));
    }
  }

  const BLOCKED = "blocked, 0 given, with a reason";

  describe("another amount was paid than was confirmed", () => {
    test("all of what was paid, and no less, frees the checkout; it gives nothing at any time", async () => {
      const { sessionId, look, paymentIntent } = await misprised();
      await world.sandbox.pay(sessionId, "paid");
      await told();
      expect(await look()).toBe(BLOCKED);
      // As much as was confirmed is not all.
      await world.sandbox.refund({ paymentIntent: await paymentIntent(), amount: 2700 });
      await told();
      expect(await look()).toBe(BLOCKED);
      const rest = await world.sandbox.refund({ paymentIntent: await paymentIntent(), amount: 100 });
      await told();
      expect(await look()).toBe("refunded, 0 given");
      await world.sandbox.settleRefund(rest.id, "failed");
      await told();
      expect(await look()).toBe(BLOCKED);
    });

    test("in every order of the payment's and the refund's events", async () => {
      const ends = new Set<string>();
      let orders = 0;
      for (const order of [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
      ]) {
        await world.sandbox.reset();
        const { sessionId, look, paymentIntent } = await misprised();
        await world.sandbox.pay(sessionId, "paid");
        await world.sandbox.refund({ paymentIntent: await paymentIntent() });
        const types = ["checkout.session.completed", "refund.created", "charge.refunded"];
        const events = (await world.sandbox.deliveries()).filter(({ type }) => types.includes(type));
        expect(events).toHaveLength(types.length);
        await told(order.flatMap((index) => events[index] ?? []));
        ends.add(await look());
        orders++;
      }
      expect([...ends]).toEqual(["refunded, 0 given"]);
      console.info(`a payment that did not fit and its refund: ${orders} orders, 1 end state`);
    });

    test("found by looking, when no event came", async () => {
      const { checkoutIntentId, sessionId, look, paymentIntent } = await misprised();
      const looked = async () => {
        await world.sandbox.forgetEvents();
        await world.advance(300);
        await world.all("UPDATE checkout_intents SET check_at = 0 WHERE id = ?", checkoutIntentId);
        await world.scheduled();
        return look();
      };
      await world.sandbox.pay(sessionId, "paid");
      expect(await looked()).toBe(BLOCKED);
      await world.sandbox.refund({ paymentIntent: await paymentIntent() });
      expect(await looked()).toBe("refunded, 0 given");
    });

    test("a lost dispute takes the money back, too; an open one does not yet", async () => {
      const { sessionId, look, paymentIntent } = await misprised();
      await world.sandbox.pay(sessionId, "paid");
      const { id } = await world.sandbox.dispute({ paymentIntent: await paymentIntent() });
      await told();
      expect(await look()).toBe(BLOCKED);
      await world.sandbox.moveDispute(id, "lost");
      await told();
      expect(await look()).toBe("disputed, 0 given");
    });

    test("a session that ended without payment leaves nothing to look into", async () => {
      const late = await misprised();
      await world.sandbox.pay(late.sessionId, "delayed");
      await told();
      expect(await late.look()).toBe(BLOCKED);
      await world.sandbox.settle(late.sessionId, "failed");
      await told();
      expect(await late.look()).toBe("failed, 0 given");
      const never = await misprised();
      await world.sandbox.expire(never.sessionId);
      await told();
      expect(await never.look()).toBe("expired, 0 given");
    });

    test("a plan is not given, and stays listed until its first invoice went back and its subscription is over", async () => {
      const plan = await openPlan(world, (await planDoors(world)).http, { setup: true });
      await world.all("UPDATE checkout_intents SET amount_cents = 1 WHERE id = ?", plan.checkoutIntentId);
      await world.sandbox.pay(plan.sessionId, "paid");
      await told();
      const blocked = { status: "blocked", blocked_reason: "amount_mismatch" };
      expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject(blocked);
      const invoice = String((await world.sandbox.sessions()).find(({ id }) => id === plan.sessionId)?.invoice);
      await world.sandbox.refund({ invoice });
      await told();
      expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject(blocked);
      const subscription = await subscriptionOf(world, plan);
      await world.advance(3600);
      await world.sandbox.subscription(subscription, { action: "renew" });
      await told();
      expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject(blocked);
      await world.advance(3600);
      await world.sandbox.subscription(subscription, { action: "cancel_now" });
      await told();
      expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "refunded", blocked_reason: null });
      expect(await planOf(world, plan)).toBeUndefined();
    });
  });

  test("the owner reads what to do, on the console and as a resource; the buyer does not", async () => {
    const { checkoutIntentId, sessionId, paymentIntent } = await misprised();
    await world.sandbox.pay(sessionId, "paid");
    await told();
    const url = `${ORIGIN}/mcp`;
    const read = async (person: typeof OWNER, scopes: readonly string[], uri: string) => {
      const client = await connect({ send: world.send, url, token: await world.token(person, "mcp", scopes) });
      const answer = await client.callTool({ name: "read_commerce", arguments: { uri } });
      return (answer.structuredContent as { content: { blockedReason?: string; blockedEvents?: number } }).content;
    };
    const reason = async (person: typeof OWNER, scopes: readonly string[]) =>
      (await read(person, scopes, `commerce://checkouts/${checkoutIntentId}`)).blockedReason;
    expect(await reason(OWNER, ["owner:read"])).toMatch(
      /another amount .* Compare .* refund the payment in full at Stripe/,
    );
    expect(await reason(BUYER, ["checkout:write"])).toBeUndefined();

    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, OWNER);
    const text = async (path: string) => (await browser.get(path)).text();
    const { operation_id } = await intentRow(world, checkoutIntentId);
    for (const page of [BLOCKED_ORDERS, `/owner/operations/${operation_id}`]) {
      expect(await text(page)).toContain("refund the payment in full at Stripe");
    }
    expect(await text("/owner")).toMatch(
      /<strong>[1-9]\d*<\/strong><a href="\/owner\/orders\?filter=status%3Ablocked">/,
    );
    await world.sandbox.refund({ paymentIntent: await paymentIntent() });
    const blockedEvents = async () => (await read(OWNER, ["owner:read"], "commerce://health")).blockedEvents ?? 0;
    const waiting = await blockedEvents();
    expect(waiting).toBeGreaterThan(0);
    await told();
    expect(await blockedEvents()).toBeLessThan(waiting);
    expect(await text(BLOCKED_ORDERS)).not.toContain(checkoutIntentId);
    expect(await text(`/owner/operations/${operation_id}`)).not.toContain("refund the payment in full at Stripe");
  });
});
