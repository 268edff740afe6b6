import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { healthReader } from "../support/health.ts";
import { type OpenPlan, openPlan, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";

const LIST = "GET /v1/invoice_payments";
const DAY = 86_400;

/** What takes the money of a renewal back. */
const TAKEN_BACK = {
  "a refund in full": ["refund.created", "charge.refunded"],
  "a refund of which the charge alone tells": ["charge.refunded"],
  "a refund of which the refund alone tells": ["refund.created"],
  "a lost dispute": ["charge.dispute.created", "charge.dispute.closed"],
} as const;

describeInWorld("money back of a payment that is unknown here", { reset: true }, (world) => {
  let plans: Doors;
  let health: () => Promise<Record<string, unknown>>;
  beforeAll(async () => {
    plans = await planDoors(world);
    health = await healthReader(world);
  });
  beforeEach(async () => {
    await withoutPlans(world);
    for (const table of ["stripe_webhook_events", "heal_cursors", "payment_traces", "payment_facts"]) {
      await world.all(`DELETE FROM ${table}`);
    }
  });

  async function paidPlan(): Promise<OpenPlan & { subscription: string }> {
    const plan = await openPlan(world, plans.http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await deliverBut("invoice_payment.paid");
    return { ...plan, subscription: await subscriptionOf(world, plan) };
  }

  /** Delivers what waits, except events that this endpoint does not get; those are not in the event list either. */
  async function deliverBut(...notDelivered: readonly string[]): Promise<void> {
    for (const delivery of await world.sandbox.deliveries({ pending: true })) {
      if (notDelivered.includes(delivery.type)) continue;
      const answer = await world.post(delivery);
      expect(answer.status).toBe(200);
    }
  }

  const latestInvoice = async (subscription: string) =>
    String((await world.sandbox.subscriptions()).find(({ id }) => id === subscription)?.latest_invoice);

  const traces = () =>
    world.all<{ outcome: string | null; attempts: number; due_at: number | null }>("SELECT * FROM payment_traces");

  /** The calls to Stripe while `run` runs, as paths without ids. */
  async function callsIn(run: () => Promise<unknown>): Promise<string[]> {
    const before = (await world.sandbox.calls()).length;
    await run();
    return (await world.sandbox.calls()).slice(before).map(({ method, path }) => `${method} ${path.split("?")[0]}`);
  }

  async function takeBack(what: keyof typeof TAKEN_BACK, invoice: string): Promise<void> {
    await world.advance(60);
    if (what !== "a lost dispute") {
      await world.sandbox.refund({ invoice });
      return;
    }
    const dispute = await world.sandbox.dispute({ invoice });
    await world.advance(60);
    await world.sandbox.moveDispute(dispute.id, "lost");
  }

  describe.each(["the first period", "a renewal"])(
    "of %s, without invoice_payment.paid, ends the plan at once",
    (which) => {
      test.each(Object.entries(TAKEN_BACK))("%s", async (what, types) => {
        const plan = await paidPlan();
        if (which === "a renewal") {
          await world.advance(60);
          await world.sandbox.subscription(plan.subscription, { action: "renew" });
          await deliverBut("invoice_payment.paid");
        }
        expect(await planOf(world, plan)).toMatchObject({ status: "active" });
        await takeBack(what as keyof typeof TAKEN_BACK, await latestInvoice(plan.subscription));
        const untold = ["refund.created", "charge.refunded", "charge.dispute.created", "charge.dispute.closed"].filter(
          (type) => !(types as readonly string[]).includes(type),
        );
        const calls = await callsIn(() => deliverBut("invoice_payment.paid", ...untold));
        expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
        expect(await traces()).toMatchObject([{ outcome: "found", due_at: null }]);
        // Traced once, also where two events tell of the payment.
        expect(calls).toHaveLength(2);
      });
    },
  );

  test("an older renewal that went back is recorded, and the paid one keeps the plan", async () => {
    const plan = await paidPlan();
    await world.advance(60);
    await world.sandbox.subscription(plan.subscription, { action: "renew" });
    const older = await latestInvoice(plan.subscription);
    await world.advance(60);
    await world.sandbox.subscription(plan.subscription, { action: "renew" });
    await deliverBut("invoice_payment.paid");
    await takeBack("a refund in full", older);
    await deliverBut("invoice_payment.paid");
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    expect(
      await world.all(
        "SELECT stripe_object_id FROM payment_facts WHERE kind = 'invoice_payment' AND stripe_object_id = ?",
        older,
      ),
    ).toHaveLength(1);
  });

  test("the payment of a pass whose page has not told yet is found by its metadata", async () => {
    const { checkoutIntentId } = await sale(world, { outcome: "none" });
    const session = (await world.sandbox.sessions()).at(-1);
    await world.sandbox.pay(session?.id ?? "", "paid");
    const paymentIntent = (await world.sandbox.sessions()).at(-1)?.payment_intent;
    await world.advance(60);
    await world.sandbox.refund({ paymentIntent: String(paymentIntent) });
    await deliverBut("checkout.session.completed");
    expect(await world.all("SELECT status FROM checkout_intents WHERE id = ?", checkoutIntentId)).toEqual([
      { status: "refunded" },
    ]);
    await world.deliver();
    expect(await world.all("SELECT status FROM checkout_intents WHERE id = ?", checkoutIntentId)).toEqual([
      { status: "refunded" },
    ]);
  });

  test("while Stripe does not answer it waits, is told to the owner, and is traced by the schedule with back-off", async () => {
    const plan = await paidPlan();
    await world.advance(60);
    await world.sandbox.subscription(plan.subscription, { action: "renew" });
    await deliverBut("invoice_payment.paid");
    await takeBack("a refund in full", await latestInvoice(plan.subscription));
    world.quiet = true;
    await world.sandbox.fault({ target: "api", path: LIST, kind: "fail_before", times: 1000 });
    await deliverBut("invoice_payment.paid");
    expect(await traces()).toMatchObject([{ outcome: null, attempts: 0 }]);
    expect(await health()).toMatchObject({ untracedPayments: 1 });
    // The purchase itself is not asked for in this test: the trace has to find it.
    await world.all("UPDATE checkout_intents SET check_at = NULL");
    await world.sandbox.forgetEvents();
    const tried: number[] = [];
    for (let minute = 1; minute <= 16; minute++) {
      const [before] = await traces();
      await world.advance(60);
      await world.scheduled();
      if ((await traces())[0]?.attempts !== before?.attempts) tried.push(minute);
    }
    expect(tried).toEqual([2, 4, 8, 16]);
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    await world.sandbox.clearFaults();
    await world.advance(DAY);
    await world.scheduled();
    world.quiet = false;
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
    expect(await traces()).toMatchObject([{ outcome: "found", due_at: null }]);
    expect(await health()).toMatchObject({ untracedPayments: 0 });
  });

  test("a foreign refund costs two calls, once, and is given up where Stripe does not tell for a month", async () => {
    const refund = (id: string) => ({
      object: "refund",
      id,
      amount: 500,
      status: "succeeded",
      payment_intent: "pi_theirs",
    });
    const told = async (id: string) => {
      await world.sandbox.event({ type: "refund.created", object: refund(id) });
      return callsIn(() => world.deliver());
    };
    expect(await told("re_1")).toEqual([LIST, "GET /v1/payment_intents/pi_theirs"]);
    expect(await told("re_2")).toEqual([]);
    expect(await traces()).toMatchObject([{ outcome: "not_ours", due_at: null }]);
    expect(await health()).toMatchObject({ untracedPayments: 0, blockedEvents: 0 });
    await world.scheduled();
    expect(await traces()).toMatchObject([{ attempts: 0 }]);

    await world.all("DELETE FROM payment_traces");
    world.quiet = true;
    await world.sandbox.fault({ target: "api", path: LIST, kind: "fail_before", times: 1000 });
    await told("re_3");
    await world.advance(31 * DAY);
    await world.scheduled();
    expect(await traces()).toMatchObject([{ outcome: "given_up", due_at: null }]);
  });

  test("the payment of an invoice that comes later works as before, and traces nothing", async () => {
    const plan = await openPlan(world, plans.http);
    await world.sandbox.pay(plan.sessionId, "paid");
    const calls = await callsIn(() => deliverBut("checkout.session.completed", "invoice.paid"));
    expect(calls).toEqual([]);
    expect(await traces()).toEqual([]);
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
  });
});
