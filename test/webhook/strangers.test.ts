import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SandboxSession } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import {
  CREATE,
  checkoutDoors,
  intentRow,
  LIST,
  launchPassCall,
  resultOf,
  type Started,
  sessionBehind,
  started,
} from "../support/launch-pass.ts";
import { permutations } from "../support/orders.ts";
import { openPlan, planDoors, planOf, sellSeveralPlans, withoutPlans } from "../support/plans.ts";
import { outcome } from "../support/purchase-state.ts";
import { soldElsewhere } from "../support/sold-elsewhere.ts";
import { told as tell } from "../support/told.ts";

type Json = Record<string, unknown>;

describeInWorld("events of strangers", { reset: true }, (world) => {
  let passes: Doors;
  let plans: Doors;
  beforeAll(async () => {
    passes = await checkoutDoors(world);
    plans = await planDoors(world);
  });
  beforeEach(async () => {
    await withoutPlans(world);
    await sellSeveralPlans(world);
  });

  /** Tells of an object as Stripe would, and answers what came of that event. */
  const told = async (type: string, object: Json) => (await tell(world, { type, object })).status;

  const wire = ({ line_items: _, ...object }: SandboxSession): Json => object as unknown as Json;

  async function openPass() {
    const checkout = await started(world, passes.http, { bump: true });
    return { checkout, session: await sessionBehind(world, checkout) };
  }

  /** Another application's objects in the same Stripe account, with everything that we wrote into ours copied. */
  async function strangers({ checkoutIntentId }: Started, paymentIntent: string) {
    const other = await openPlan(world, plans.http, { slug: "experiment" });
    await world.sandbox.pay(other.sessionId, "paid");
    const events = await world.sandbox.deliveries();
    const objectOf = (type: string) =>
      (JSON.parse(events.findLast((event) => event.type === type)?.body ?? "") as { data: { object: Json } }).data
        .object;
    const metadata = { checkout_intent_id: checkoutIntentId };
    const subscription = { ...objectOf("customer.subscription.updated"), id: "sub_strangers0000000000", metadata };
    const invoice = {
      ...objectOf("invoice.paid"),
      id: "in_strangers0000000000",
      parent: { subscription_details: { metadata, subscription: subscription.id } },
    };
    return {
      session: {
        ...objectOf("checkout.session.completed"),
        id: "cs_test_strangers0000000000",
        client_reference_id: checkoutIntentId,
        metadata,
      },
      subscription,
      invoice,
      invoicePayment: {
        ...objectOf("invoice_payment.paid"),
        invoice: invoice.id,
        payment: { type: "payment_intent", payment_intent: paymentIntent },
      },
    };
  }

  describe("what is paid once is touched by nothing that bears a subscription or an invoice", () => {
    test.each(["before it is paid", "after it is paid"])("%s", async (position) => {
      const { checkout, session } = await openPass();
      if (position === "after it is paid") {
        await world.sandbox.pay(session.id, "paid");
        await world.deliver();
      }
      const paymentIntent = (await world.sandbox.sessions()).find(({ id }) => id === session.id)?.payment_intent;
      const theirs = await strangers(checkout, typeof paymentIntent === "string" ? paymentIntent : "pi_nobodys");
      const before = await outcome(world, checkout.checkoutIntentId);
      const row = await intentRow(world, checkout.checkoutIntentId);
      const reports: [string, Json][] = [
        ["checkout.session.completed", theirs.session],
        // Even under the id of the checkout's own session.
        ["checkout.session.completed", { ...theirs.session, id: session.id }],
        ...["created", "updated", "paused", "resumed", "deleted"].map((word): [string, Json] => [
          `customer.subscription.${word}`,
          theirs.subscription,
        ]),
        ["invoice.paid", theirs.invoice],
        ["invoice.paid", { ...theirs.invoice, total: checkout.amountCents, amount_paid: checkout.amountCents }],
        ["invoice.paid", { ...theirs.invoice, billing_reason: "subscription_cycle" }],
        ["invoice.payment_failed", { ...theirs.invoice, status: "open" }],
        ...(typeof paymentIntent === "string"
          ? [["invoice_payment.paid", theirs.invoicePayment] as [string, Json]]
          : []),
      ];
      for (const [type, object] of reports) expect([type, await told(type, object)]).toEqual([type, "blocked"]);
      expect(await intentRow(world, checkout.checkoutIntentId)).toEqual(row);
      expect(await outcome(world, checkout.checkoutIntentId)).toEqual(before);
      if (position === "before it is paid") {
        await world.sandbox.pay(session.id, "paid");
        await world.deliver();
        expect(await intentRow(world, checkout.checkoutIntentId)).toMatchObject({
          status: "paid",
          blocked_reason: null,
        });
      }
    });
  });

  test("a plan is touched by no session that is paid once, and by no invoice of another amount", async () => {
    const plan = await openPlan(world, plans.http);
    const { session } = await openPass();
    const names = {
      client_reference_id: plan.checkoutIntentId,
      metadata: { checkout_intent_id: plan.checkoutIntentId },
    };
    const once = {
      ...wire(session),
      ...names,
      status: "complete",
      payment_status: "paid",
      amount_total: plan.amountCents,
    };
    const before = await intentRow(world, plan.checkoutIntentId);
    expect(await told("checkout.session.completed", once)).toBe("blocked");
    expect(await told("checkout.session.completed", { ...once, id: plan.sessionId })).toBe("blocked");
    const { invoice } = await strangers(plan, "pi_nobodys");
    const foreign = { ...invoice, total: plan.amountCents, amount_paid: plan.amountCents };
    expect(await told("invoice.paid", { ...foreign, total: 1 })).toBe("blocked");
    expect(await told("invoice.paid", { ...foreign, currency: "eur" })).toBe("blocked");
    expect(await intentRow(world, plan.checkoutIntentId)).toEqual(before);
    // One that fits may be our own: it waits for the session's word, and that is of another.
    expect(await told("invoice.paid", foreign)).toBe("processed");
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "open" });
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "paid" });
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    for (const object of [foreign, { ...foreign, total: 1 }])
      expect(await told("invoice.paid", object)).toBe("blocked");
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "paid" });
  });

  describe("while Stripe's answer is lost, and no session is known", () => {
    /** A checkout that was written down, and whose session is at Stripe alone. */
    async function lost() {
      const call = await launchPassCall(world, { bump: true });
      world.quiet = true;
      world.database.reset();
      world.database.lose({ 3: "before", 4: "before", 5: "before" });
      expect((await passes.http(call)).code).toBeDefined();
      world.database.reset();
      world.quiet = false;
      const [row] = await world.all<{ id: string; status: string; amount_cents: number }>(
        "SELECT * FROM checkout_intents WHERE idempotency_key = ?",
        call.idempotencyKey,
      );
      const session = (await world.sandbox.sessions()).at(-1);
      if (!row || !session) throw new Error("nothing was written");
      expect(row.status).toBe("created");
      return { checkoutIntentId: row.id, session };
    }

    async function end(checkoutIntentId: string) {
      const { status, blocked_reason, stripe_checkout_session_id } = await intentRow(world, checkoutIntentId);
      const access = await world.all(
        "SELECT product_id, status FROM product_entitlements WHERE checkout_intent_id = ? ORDER BY product_id",
        checkoutIntentId,
      );
      const facts = await world.all(
        "SELECT fact FROM checkout_facts WHERE checkout_intent_id = ? ORDER BY fact",
        checkoutIntentId,
      );
      return { status, blocked_reason, session: stripe_checkout_session_id, access: access.length, facts };
    }

    const away = { id: "cs_test_strangers0000000000", success_url: "https://elsewhere.test/thanks" };
    const theirs: Record<string, Json> = {
      "one of the same price": away,
      "one of another price": { ...away, id: "cs_test_strangers0000000001", amount_total: 1 },
      "one of another price that leads back to us": { id: "cs_test_strangers0000000002", amount_total: 1 },
    };
    /** Once without our own event, and every order with it. */
    const orders = [Object.keys(theirs), ...permutations([...Object.keys(theirs), "our own"])];

    test(`${orders.length} orders of strangers' sessions and our own end in one state`, async () => {
      for (const [number, order] of orders.entries()) {
        await world.reset();
        const { checkoutIntentId, session } = await lost();
        await world.sandbox.pay(session.id, "paid");
        const own = (await world.sandbox.sessions()).find(({ id }) => id === session.id);
        if (!own) throw new Error("no session");
        for (const which of order) {
          const status = await told("checkout.session.completed", { ...wire(own), ...theirs[which] });
          expect([which, status]).toEqual([which, which === "our own" ? "processed" : "blocked"]);
        }
        const known = order.includes("our own");
        expect(await end(checkoutIntentId)).toMatchObject(
          known ? { status: "paid", access: 2 } : { status: "created" },
        );
        // Without our own event healing has to find the session; with it, it leaves what is known as it is.
        for (let run = 0; run < 2 && number < 2; run++) {
          await world.advance(180);
          await world.scheduled();
        }
        expect(await end(checkoutIntentId)).toEqual({
          status: "paid",
          blocked_reason: null,
          session: session.id,
          access: 2,
          facts: [{ fact: "paid" }, { fact: "session_complete" }],
        });
      }
      console.info(`${orders.length} orders of three strangers' sessions and our own: 1 end state`);
    });
  });

  test("where Stripe's list is searched for the session of a lost answer, a stranger's of the same name is passed over", async () => {
    const call = await launchPassCall(world, { bump: true });
    world.quiet = true;
    await world.sandbox.fault({ target: "api", path: CREATE, kind: "stored_500_after", times: 1 });
    await world.sandbox.fault({ target: "api", path: LIST, kind: "fail_before", times: 10 });
    expect((await passes.http(call)).code).toBe("outcome_unknown");
    await world.sandbox.clearFaults();
    const [row] = await world.all<{ id: string }>(
      "SELECT id FROM checkout_intents WHERE idempotency_key = ?",
      call.idempotencyKey,
    );
    const own = (await world.sandbox.sessions()).at(-1);
    await world.advance(60);
    await soldElsewhere(world, 2_800, { mode: "payment", client_reference_id: row?.id ?? "" });
    const started = resultOf(await passes.http(call));
    expect(await intentRow(world, started.checkoutIntentId)).toMatchObject({
      status: "open",
      stripe_checkout_session_id: own?.id,
    });
  });
});
