import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { shownDay } from "../../src/base/shown.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { healthReader } from "../support/health.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { type OpenPlan, openPlan, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { audited } from "../support/purchase-state.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

type Json = Record<string, unknown>;
const DAY = 86_400;

describeInWorld("late payments of plans", { reset: true }, (world) => {
  let plans: Doors;
  let health: () => Promise<Record<string, unknown>>;
  beforeAll(async () => {
    plans = await planDoors(world);
    health = await healthReader(world);
  });
  beforeEach(async () => {
    await withoutPlans(world);
    for (const table of ["stripe_webhook_events", "heal_cursors", "access_policies"]) {
      await world.all(`DELETE FROM ${table}`);
    }
    await world.all("UPDATE billing_invoices SET unserved = 0");
    await world.all("UPDATE publisher_plan_entitlements SET kept_until = NULL");
  });

  async function paidPlan(): Promise<OpenPlan & { subscription: string }> {
    const plan = await openPlan(world, plans.http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    return { ...plan, subscription: await subscriptionOf(world, plan) };
  }

  const act = async (
    { subscription }: { subscription: string },
    action: "renew" | "begin_period" | "pay" | "fail_payment" | "cancel_now" | "pause",
  ) => {
    await world.advance(60);
    await world.sandbox.subscription(subscription, { action });
  };

  const latest = async (type: string) => {
    const event = (await world.sandbox.deliveries()).findLast((one) => one.type === type);
    return (JSON.parse(event?.body ?? "") as { data: { object: Json } }).data.object;
  };

  async function told(type: string, object: Json): Promise<string> {
    const { id } = await world.sandbox.event({ type, object });
    const delivery = (await world.sandbox.deliveries()).find(({ eventId }) => eventId === id);
    if (!delivery) throw new Error("nothing waits");
    return ((await (await world.post(delivery)).json()) as { status: string }).status;
  }

  describe("money without a service", () => {
    /** An invoice that is paid for a plan, some seconds from now, and the payment that paid it. */
    async function paidLate(name: string) {
      const invoice: Json = await latest("invoice.paid");
      const paid_at = Math.floor(world.clock.now() / 1000) + 30;
      const late: Json = {
        ...invoice,
        id: `in_${name}`,
        billing_reason: "subscription_cycle",
        status_transitions: { paid_at },
      };
      const payment = {
        ...(await latest("invoice_payment.paid")),
        id: `inpay_${name}`,
        invoice: late.id,
        payment: { type: "payment_intent", payment_intent: `pi_${name}` },
      };
      const amount = Number(late.amount_paid);
      const refund = (part: number, number = 0) => ({
        object: "refund",
        id: `re_${name}_${number}`,
        amount: Math.round(amount * part),
        status: "succeeded",
        payment_intent: `pi_${name}`,
      });
      const dispute = { object: "dispute", id: `dp_${name}`, amount, status: "lost", payment_intent: `pi_${name}` };
      return { late, payment, refund, dispute };
    }

    test("an invoice that is paid after the end is recorded, told with what to do, and gone once refunded", async () => {
      const plan = await paidPlan();
      await act(plan, "cancel_now");
      await world.deliver();
      expect(await health()).toMatchObject({ moneyWithoutService: 0, moneyWithoutServiceOf: [] });
      await world.advance(DAY);
      const { late, payment, refund } = await paidLate("after_end");
      expect(await told("invoice.paid", late)).toBe("processed");
      expect(await told("invoice_payment.paid", payment)).toBe("processed");
      expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
      expect(await health()).toMatchObject({
        moneyWithoutService: 1,
        moneyWithoutServiceOf: [
          {
            checkoutIntentId: plan.checkoutIntentId,
            amountCents: late.amount_paid,
            currency: "usd",
            whatToDo:
              "Its subscription had ended. Refund the invoice at Stripe, or let the buyer start the plan again.",
          },
        ],
      });
      const owner = openBrowser(world.send, ORIGIN);
      await signIn(owner, OWNER);
      expect(await (await owner.get("/owner")).text()).toMatch(/<strong>1<\/strong><a[^>]*>paid invoices without/);
      const page = await (await owner.get("/owner/money-without-service")).text();
      expect(page).toContain(plan.checkoutIntentId);
      expect(page).toContain("Refund the invoice at Stripe");
      expect(page).not.toMatch(/in_after_end|pi_after_end|sub_/);

      await told("refund.created", refund(0.5));
      expect(await health()).toMatchObject({ moneyWithoutService: 1 });
      await told("refund.created", refund(0.5, 1));
      expect(await health()).toMatchObject({ moneyWithoutService: 0 });
      expect(await (await owner.get("/owner/money-without-service")).text()).not.toContain(plan.checkoutIntentId);
    });

    test("so it is in every order of the cancellation, the invoice and its payment; a lost dispute ends it, too", async () => {
      const orders = [
        ["end", "invoice", "payment"],
        ["end", "payment", "invoice"],
        ["invoice", "end", "payment"],
        ["invoice", "payment", "end"],
        ["payment", "invoice", "end"],
        ["payment", "end", "invoice"],
      ];
      for (const [number, order] of orders.entries()) {
        await world.reset();
        await withoutPlans(world);
        const plan = await paidPlan();
        await act(plan, "cancel_now");
        const end = await latest("customer.subscription.deleted");
        await world.advance(60);
        const { late, payment, dispute } = await paidLate(`order_${number}`);
        for (const which of order) {
          if (which === "end") await told("customer.subscription.deleted", end);
          if (which === "invoice") await told("invoice.paid", late);
          if (which === "payment") await told("invoice_payment.paid", payment);
        }
        expect([order, (await health()).moneyWithoutService]).toEqual([order, 1]);
        await told("charge.dispute.closed", dispute);
        expect([order, (await health()).moneyWithoutService]).toEqual([order, 0]);
      }
    });

    test("a paid period that a pause takes away is told until the plan gives it again", async () => {
      const plan = await paidPlan();
      await act(plan, "pause");
      await world.deliver();
      expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
      expect(await health()).toMatchObject({
        moneyWithoutService: 1,
        moneyWithoutServiceOf: [
          {
            whatToDo:
              "Its plan gives nothing now. Refund the invoice at Stripe, or let the buyer start the plan again.",
          },
        ],
      });
      await world.advance(60);
      await world.sandbox.subscription(plan.subscription, { action: "resume" });
      await world.deliver();
      expect(await planOf(world, plan)).toMatchObject({ status: "active" });
      expect(await health()).toMatchObject({ moneyWithoutService: 0 });
    });

    test("what was paid before the end, and a period that is not paid, are no such money", async () => {
      const plan = await paidPlan();
      await act(plan, "renew");
      await world.deliver();
      await act(plan, "fail_payment");
      await world.deliver();
      expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
      expect(await health()).toMatchObject({ moneyWithoutService: 0 });
      await act(plan, "cancel_now");
      await world.deliver();
      expect(await health()).toMatchObject({ moneyWithoutService: 0 });
    });
  });

  describe("an invoice of more lines than an event shows", () => {
    test.each(["an event", "a check"])("the plan's line among the others is read: %s", async (by) => {
      const plan = await paidPlan();
      await act(plan, "renew");
      const paid = await latest("invoice.paid");
      const { data } = paid.lines as { data: (Json & { id: string; parent: Json })[] };
      const [own] = data;
      if (!own) throw new Error("the invoice has no line");
      const proration = (number: number) => ({
        ...own,
        id: `il_${number}`,
        parent: {
          ...own.parent,
          subscription_item_details: { ...(own.parent.subscription_item_details as Json), proration: true },
        },
      });
      const all = [...Array.from({ length: 140 }, (_, number) => proration(number)), own];
      const cut = { ...paid, lines: { ...(paid.lines as Json), data: all.slice(0, 10), has_more: true } };
      const asked = stripeWith(String(paid.id), cut, all);
      if (by === "an event") {
        expect(await told("invoice.paid", cut)).toBe("processed");
      } else {
        await world.all("UPDATE checkout_intents SET check_at = 0 WHERE id = ?", plan.checkoutIntentId);
        await world.sandbox.forgetEvents();
        await world.scheduled();
      }
      vi.unstubAllGlobals();
      expect(asked.filter((path) => path.includes("/lines"))).toHaveLength(2);
      const period = own.period as { start: number; end: number };
      expect(
        await world.all(
          "SELECT period_start, period_end FROM billing_invoices WHERE stripe_invoice_id = ?",
          String(paid.id),
        ),
      ).toEqual([{ period_start: period.start * 1000, period_end: period.end * 1000 }]);
    });

    test("a foreign one costs no call to Stripe", async () => {
      const plan = await paidPlan();
      const paid = await latest("invoice.paid");
      const foreign = {
        ...paid,
        id: "in_theirs",
        parent: { type: "subscription_details", subscription_details: { subscription: "sub_theirs", metadata: {} } },
        lines: { object: "list", data: [], has_more: true },
      };
      const before = (await world.sandbox.calls()).length;
      expect(await told("invoice.paid", foreign)).toBe("ignored");
      expect((await world.sandbox.calls()).length).toBe(before);
      expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    });

    /** Stripe as it answers for an invoice of many lines; the paths that were asked for. */
    function stripeWith(invoiceId: string, invoice: Json, lines: readonly { id: string }[]): string[] {
      const asked: string[] = [];
      const real = globalThis.fetch;
      vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
        const request = new Request(input, init);
        const { pathname, searchParams } = new URL(request.url);
        asked.push(pathname);
        if (pathname === `/v1/invoices/${invoiceId}`) return Response.json(invoice);
        if (pathname === `/v1/invoices/${invoiceId}/lines`) {
          const from = lines.findIndex(({ id }) => id === searchParams.get("starting_after")) + 1;
          const data = lines.slice(from, from + Number(searchParams.get("limit")));
          return Response.json({ object: "list", data, has_more: from + data.length < lines.length });
        }
        const answer = await real(request);
        if (pathname !== "/v1/invoices") return answer;
        const list = (await answer.json()) as { data: { id: string }[] };
        return Response.json({ ...list, data: list.data.map((one) => (one.id === invoiceId ? invoice : one)) });
      });
      return asked;
    }
  });

  describe("a plan that is past due", () => {
    const keeps = async (days: number) => {
      const [plan] = await world.all<{ owner_user_id: string; product_id: string }>(
        "SELECT * FROM plans WHERE slug = 'grow'",
      );
      await world.all(
        "INSERT INTO access_policies (owner_user_id, product_id, past_due_keeps_days, updated_at) VALUES (?, ?, ?, 0)",
        plan?.owner_user_id,
        plan?.product_id,
        days,
      );
    };
    const kept = async ({ checkoutIntentId }: OpenPlan) =>
      (
        await world.all<{ status: string; kept_until: number | null }>(
          "SELECT status, kept_until FROM publisher_plan_entitlements WHERE checkout_intent_id = ?",
          checkoutIntentId,
        )
      )[0];
    const paidUntil = async ({ checkoutIntentId }: OpenPlan) =>
      Number(
        (
          await world.all<{ period_end: number }>(
            "SELECT max(period_end) AS period_end FROM billing_invoices WHERE checkout_intent_id = ?",
            checkoutIntentId,
          )
        )[0]?.period_end,
      );

    test("ends at once where the business says nothing", async () => {
      const plan = await paidPlan();
      await act(plan, "fail_payment");
      await world.deliver();
      expect(await kept(plan)).toEqual({ status: "inactive", kept_until: null });
    });

    test("is kept for its days, and then ended by a scheduled run without an event, audited", async () => {
      await keeps(7);
      const plan = await paidPlan();
      await act(plan, "fail_payment");
      await world.deliver();
      const until = (await paidUntil(plan)) + 7 * DAY * 1000;
      expect(await kept(plan)).toEqual({ status: "active", kept_until: until });
      const browser = openBrowser(world.send, ORIGIN);
      await signIn(browser, BUYER);
      const account = (await (await browser.get("/account")).text()).replaceAll(/<[^>]+>/g, "");
      expect(account).toContain(`Active until ${shownDay(until, { locale: "en", timeZone: "UTC" })}. The last payment`);
      expect(account).not.toContain("to get the plan back");
      // A run before that time ends nothing.
      await world.scheduled();
      expect(await kept(plan)).toEqual({ status: "active", kept_until: until });
      await world.all("UPDATE checkout_intents SET check_at = NULL");
      await world.sandbox.forgetEvents();
      world.skew(Math.ceil((until - world.clock.now()) / 1000) - 30);
      await world.scheduled();
      expect(await kept(plan)).toMatchObject({ status: "active" });
      world.skew(60);
      await audited(world, () => world.scheduled());
      expect(await kept(plan)).toEqual({ status: "inactive", kept_until: null });
    });

    test("is kept when it is paid within its days", async () => {
      await keeps(7);
      const plan = await paidPlan();
      await act(plan, "fail_payment");
      await world.deliver();
      await world.advance(3 * DAY);
      await act(plan, "pay");
      await world.deliver();
      expect(await kept(plan)).toEqual({ status: "active", kept_until: null });
    });

    test("and its end, when it is canceled within its days, is at once", async () => {
      await keeps(60);
      const plan = await paidPlan();
      await act(plan, "fail_payment");
      await world.deliver();
      expect(await kept(plan)).toMatchObject({ status: "active" });
      await act(plan, "cancel_now");
      await world.deliver();
      expect(await kept(plan)).toEqual({ status: "inactive", kept_until: null });
    });
  });
});
