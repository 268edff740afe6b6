import { beforeEach, describe, expect, test } from "vitest";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { browserOf, openAgent, pathIn, unconfirmed } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { sharedDoors } from "../support/doors.ts";
import { CREATE, checkoutDoors, intentRow, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { openPlan, planCall, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import {
  accessOf,
  invoicesOf,
  latestSession,
  money,
  OFF,
  readOwn,
  refusedParameters,
  requested,
  toldAs,
} from "../support/taxed-sales.ts";
import { taxedFiles } from "../support/taxed-seeds.ts";
import { BUYER, OWNER } from "../support/world.ts";

/** 9 % of what is sold. Of an included tax the net amount is rounded. */
const TAXES = {
  exclusive: {
    of: (cents: number) => Math.round(cents * 0.09),
    words: "plus tax",
    paid: (cents: number, tax: number) => cents + tax,
  },
  inclusive: {
    of: (cents: number) => cents - Math.round(cents / 1.09),
    words: "tax included",
    paid: (cents: number) => cents,
  },
} as const;

describe.each(["exclusive", "inclusive"] as const)("tax that is %s of the price", (behavior) => {
  const { of: taxOf, words, paid } = TAXES[behavior];
  const business = () => parseBusiness(taxedFiles(behavior, {}, "txcd_10000000"));

  describeInWorld("a business whose tax Stripe calculates", { reset: true, business }, (world) => {
    beforeEach(async () => {
      await withoutPlans(world);
      await world.sandbox.account({ tax: { percent: 9 } });
    });

    const [pass, withBump] = [900, 2_800];
    /** Tax is calculated and rounded by line. */
    const taxWithBump = taxOf(900) + taxOf(1_900);

    test("the sentence, the resources and what a person approves say it once, and Stripe is asked for it", async () => {
      const offer = await world.read("commerce://offers/sandbox-launch-pass");
      expect(offer).toMatchObject({
        amountCents: pass,
        taxBehavior: behavior,
        confirmationText: `Create checkout for Bumpgrade launch pass at 9.00 USD ${words}`,
      });
      const plan = await world.read("commerce://plans/grow");
      expect(plan).toMatchObject({
        taxBehavior: behavior,
        confirmationText: `Create checkout for Bumpgrade Grow plan at 197.00 USD per month ${words}`,
        setup: {
          confirmationText: `Create checkout for Bumpgrade Grow plan at 197.00 USD per month with White glove setup at 1000.00 USD ${words}`,
        },
      });
      const agent = await openAgent(world);
      const browser = await browserOf(world);
      const { confirmationText: _, ...asked } = await planCall(world, { setup: true });
      const pages = [
        await agent.call("start_checkout", await unconfirmed(world, `taxed-${behavior}`)),
        await agent.call("start_plan_checkout", asked),
      ];
      const [ofPass, ofPlan] = await Promise.all(
        pages.map(async (answer) => (await browser.get(pathIn(answer))).text()),
      );
      const [money, told] =
        behavior === "exclusive" ? ["before tax", "added, by the buyer"] : ["tax included", "included"];
      expect(ofPass).toContain(`${money}</dt><dd>9.00 USD`);
      expect(ofPlan).toContain(`${money}</dt><dd>1197.00 USD`);
      for (const page of [ofPass, ofPlan]) expect(page).toContain(`<dt>Tax</dt><dd>${told}`);

      const line = { tax_behavior: behavior, product_data: { tax_code: "txcd_10000000" } };
      await sale(world, { bump: true, outcome: "none" });
      expect(await requested(world)).toMatchObject({
        ...OFF,
        automatic_tax: { enabled: "true" },
        mode: "payment",
        line_items: { 0: { price_data: line }, 1: { price_data: line } },
      });
      await openPlan(world, (await planDoors(world)).http, { setup: true });
      expect(await requested(world)).toMatchObject({
        ...OFF,
        automatic_tax: { enabled: "true" },
        mode: "subscription",
        line_items: { 0: { price_data: line }, 1: { price_data: line } },
      });
    });

    test("a pass is given for the confirmed amount with its tax, and taken back when all that was paid went back", async () => {
      const { checkoutIntentId, returnUrl } = await sale(world, { bump: true, outcome: "none" });
      const { id } = await latestSession(world);
      const open = await readOwn(world, checkoutIntentId);
      expect(open).toMatchObject({ amountCents: withBump, taxBehavior: behavior, status: "open" });
      expect(open.expireConfirmationText).toBe(
        `Expire open checkout for Bumpgrade launch pass with Launch checklist at 28.00 USD ${words}`,
      );
      expect(Object.keys(open)).not.toContain("taxCents");

      await world.sandbox.pay(id, "paid");
      await world.deliver();
      const tax = taxWithBump;
      const total = paid(withBump, tax);
      expect((await latestSession(world)).amount_total).toBe(total);
      expect(await intentRow(world, checkoutIntentId)).toMatchObject({
        status: "paid",
        amount_cents: withBump,
        paid_cents: total,
        tax_cents: tax,
        tax_behavior: behavior,
      });
      expect(await readOwn(world, checkoutIntentId)).toMatchObject({ amountCents: withBump, taxCents: tax });
      expect(await accessOf(world, checkoutIntentId)).toEqual(["active", "active"]);

      const browser = await browserOf(world);
      const success = await (await browser.get(returnUrl)).text();
      expect(success).toContain(`<td class="amount">$${money(tax)}</td>`);
      expect(success).toContain(`<strong>$${money(total)}</strong>`);
      const confirmed =
        behavior === "exclusive"
          ? `$28.00 USD plus $${money(tax)} tax, paid`
          : `$28.00 USD with $${money(tax)} tax included, paid`;
      expect(await (await browser.get("/account")).text()).toContain(confirmed);
      const owner = await browserOf(world, OWNER);
      const { operation_id } = await intentRow(world, checkoutIntentId);
      const shown = await (await owner.get(`/owner/operations/${operation_id}`)).text();
      expect(shown).toContain(`$28.00 USD ${words}`);
      expect(shown).toContain(`$${money(total)}, of which $${money(tax)} is tax`);

      const paymentIntent = String((await latestSession(world)).payment_intent);
      const beforeTax = total - tax;
      await world.sandbox.refund({ paymentIntent, amount: beforeTax });
      await world.deliver();
      expect((await intentRow(world, checkoutIntentId)).status).toBe("paid");
      expect(await accessOf(world, checkoutIntentId)).toEqual(["active", "active"]);
      await world.sandbox.refund({ paymentIntent, amount: tax });
      await world.deliver();
      expect((await intentRow(world, checkoutIntentId)).status).toBe("refunded");
      expect(await accessOf(world, checkoutIntentId)).toEqual(["inactive", "inactive"]);
    });

    test("a delayed payment, and a check without any event, come to the same", async () => {
      const { checkoutIntentId } = await sale(world, { outcome: "delayed" });
      const waiting = await intentRow(world, checkoutIntentId);
      expect(waiting).toMatchObject({ status: "completed", tax_cents: taxOf(pass), paid_cents: null });
      await world.sandbox.settle((await latestSession(world)).id, "succeeded");
      await world.sandbox.forgetEvents();
      await world.advance(300);
      await world.all("UPDATE checkout_intents SET check_at = 0 WHERE id = ?", checkoutIntentId);
      await world.scheduled();
      expect(await intentRow(world, checkoutIntentId)).toMatchObject({
        status: "paid",
        tax_cents: taxOf(pass),
        paid_cents: paid(pass, taxOf(pass)),
      });
      expect(await accessOf(world, checkoutIntentId)).toEqual(["active"]);
    });

    test("a plan with its setup is given, renewed with the tax of each period, and its first month refunded in full", async () => {
      const plan = await openPlan(world, (await planDoors(world)).http, { setup: true });
      expect(plan).toMatchObject({ amountCents: 119_700 });
      await world.sandbox.pay(plan.sessionId, "paid");
      await world.deliver();
      expect(await planOf(world, plan)).toMatchObject({ status: "active" });
      const [setup, month] = [100_000, 19_700];
      const firstTax = taxOf(month) + taxOf(setup);
      const row = await intentRow(world, plan.checkoutIntentId);
      expect(row).toMatchObject({ status: "paid", tax_cents: firstTax, paid_cents: paid(119_700, firstTax) });
      const first = { amount_cents: paid(119_700, firstTax), tax_cents: firstTax };
      expect(await invoicesOf(world, plan)).toEqual([first]);

      const subscription = await subscriptionOf(world, plan);
      const invoice = String(
        (await world.sandbox.subscriptions()).find(({ id }) => id === subscription)?.latest_invoice,
      );
      await world.advance(60);
      await world.sandbox.subscription(subscription, { action: "renew" });
      await world.deliver();
      const tax = taxOf(month);
      expect(await invoicesOf(world, plan)).toEqual([first, { amount_cents: paid(month, tax), tax_cents: tax }]);
      expect(await planOf(world, plan)).toMatchObject({ status: "active" });

      await world.sandbox.refund({ invoice, amount: first.amount_cents - firstTax });
      await world.deliver();
      expect((await intentRow(world, plan.checkoutIntentId)).status).toBe("paid");
      await world.sandbox.refund({ invoice, amount: firstTax });
      await world.deliver();
      expect((await intentRow(world, plan.checkoutIntentId)).status).toBe("refunded");
      // The period that runs was paid by another invoice.
      expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    });

    test("a plan's events in the opposite order come to the same", async () => {
      const plan = await openPlan(world, (await planDoors(world)).http);
      await world.sandbox.pay(plan.sessionId, "paid");
      for (const delivery of (await world.sandbox.deliveries({ pending: true })).toReversed()) {
        expect((await world.post(delivery)).status).toBe(200);
      }
      expect(await planOf(world, plan)).toMatchObject({ status: "active" });
      const tax = taxOf(19_700);
      expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "paid", tax_cents: tax });
      expect(await invoicesOf(world, plan)).toEqual([{ amount_cents: paid(19_700, tax), tax_cents: tax }]);
    });

    test("commission is on the confirmed amount", async () => {
      const { checkoutIntentId, updatedAt } = await sale(world, { bump: true, referred: true });
      expect((await intentRow(world, checkoutIntentId)).paid_cents).toBe(paid(withBump, taxWithBump));
      const { http } = await sharedDoors(world, createCommissionEvidence, BUYER);
      const answer = await http({
        checkoutIntentId,
        confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
        expectedUpdatedAt: updatedAt,
        idempotencyKey: `taxed-evidence-${behavior}`,
      });
      expect(answer.body.result, answer.text).toMatchObject({ grossSaleCents: withBump, commissionCents: 460 });
    });

    test("the pages of prices say it", async () => {
      const html = await (await (await browserOf(world)).get("/pricing")).text();
      expect(html).toContain(`<strong>$197.00 USD</strong> <span class="soft">a month ${words}</span>`);
      expect(html).toContain(`$1,197.00 USD ${words} today`);
    });

    test("tax that stands otherwise to the price than was confirmed gives nothing", async () => {
      const { checkoutIntentId } = await sale(world, { outcome: "none" });
      const other = behavior === "exclusive" ? "inclusive" : "exclusive";
      await world.all("UPDATE checkout_intents SET tax_behavior = ? WHERE id = ?", other, checkoutIntentId);
      await world.sandbox.pay((await latestSession(world)).id, "paid");
      await world.deliver();
      const blocked = { status: "blocked", blocked_reason: "amount_mismatch" };
      expect(await intentRow(world, checkoutIntentId)).toMatchObject(blocked);
      expect(await accessOf(world, checkoutIntentId)).toEqual([]);
    });

    test.each([
      ["a discount", { amount_discount: 100 }],
      ["shipping", { amount_shipping: 100 }],
    ])("%s that makes the total fit gives nothing", async (_what, details) => {
      const { checkoutIntentId } = await sale(world, { outcome: "none" });
      await world.sandbox.pay((await latestSession(world)).id, "paid");
      await toldAs(world, "checkout.session.completed", { details });
      expect(await intentRow(world, checkoutIntentId)).toMatchObject({ status: "blocked" });
    });

    test("the tax of an address that was typed and not paid with is not kept", async () => {
      const { checkoutIntentId } = await sale(world, { outcome: "none" });
      await world.sandbox.expire((await latestSession(world)).id);
      const tax = taxOf(pass);
      await toldAs(world, "checkout.session.expired", { amount_total: paid(pass, tax), details: { amount_tax: tax } });
      expect(await intentRow(world, checkoutIntentId)).toMatchObject({ status: "expired", tax_cents: null });
    });

    test("without Stripe Tax in the account nothing is started, and the owner learns which parameter was refused", async () => {
      await world.sandbox.account({ tax: null });
      const refused = await refusedParameters(world, async () => {
        const answer = await (await checkoutDoors(world)).http(await launchPassCall(world));
        expect(answer.code, answer.text).toBe("provider_refused");
      });
      expect(refused).toEqual(["automatic_tax"]);
      expect(await world.sandbox.sessions()).toEqual([]);
    });

    test("a repeated call sends the frozen request, also after the business has changed", async () => {
      const doors = await checkoutDoors(world);
      const call = await launchPassCall(world);
      await world.sandbox.fault({ target: "api", kind: "fail_before", path: CREATE });
      const first = await doors.http(call);
      expect(first.code).toBeDefined();
      const before = await requested(world);
      await world.db.exec("UPDATE businesses SET tax = 'none'");
      const started = resultOf(await doors.http(call));
      await world.db.exec("UPDATE businesses SET tax = 'stripe'");
      expect(await requested(world)).toEqual(before);
      await world.sandbox.pay((await sessionBehind(world, started)).id, "paid");
      await world.deliver();
      expect(await intentRow(world, started.checkoutIntentId)).toMatchObject({
        status: "paid",
        tax_cents: taxOf(pass),
      });
    });
  });
});
