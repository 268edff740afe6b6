import { beforeEach, expect, test } from "vitest";
import { browserOf } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { checkoutDoors, intentRow, launchPassCall } from "../support/launch-pass.ts";
import { LIVE, liveBusiness } from "../support/live-business.ts";
import { openPlan, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import {
  accessOf,
  invoicesOf,
  latestSession,
  money,
  OFF,
  readOwn,
  refusedParameter,
  requested,
  toldAs,
} from "../support/taxed-sales.ts";
import { OWNER } from "../support/world.ts";

describeInWorld("a business without tax, on an account with settings of its own", { reset: true }, (world) => {
  beforeEach(async () => {
    await withoutPlans(world);
    await world.sandbox.account({
      automaticTaxDefault: true,
      tax: { percent: 9 },
      managedPaymentsDefault: true,
      adaptivePricingDefault: { currency: "eur", rate: 0.93 },
    });
  });

  test("every request settles tax, managed payments and adaptive pricing, and the confirmed amount is charged", async () => {
    const { checkoutIntentId } = await sale(world, { bump: true });
    expect(await requested(world)).toMatchObject({ ...OFF, mode: "payment" });
    expect(await intentRow(world, checkoutIntentId)).toMatchObject({
      status: "paid",
      paid_cents: 2_800,
      tax_cents: null,
      tax_behavior: null,
    });
    expect(await accessOf(world, checkoutIntentId)).toEqual(["active", "active"]);
    expect(Object.keys(await readOwn(world, checkoutIntentId)).filter((key) => key.startsWith("tax"))).toEqual([]);

    const plan = await openPlan(world, (await planDoors(world)).http, { setup: true });
    expect(await requested(world)).toMatchObject({ ...OFF, mode: "subscription" });
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    await world.advance(60);
    await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "renew" });
    await world.deliver();
    expect(await invoicesOf(world, plan)).toEqual([
      { amount_cents: 119_700, tax_cents: 0 },
      { amount_cents: 19_700, tax_cents: 0 },
    ]);
  });

  test.each(Object.keys(OFF))("an account that does not know %s refuses: it is not dropped", async (parameter) => {
    await world.sandbox.account({ unknownParameters: [parameter] });
    const answer = await (await checkoutDoors(world)).http(await launchPassCall(world));
    expect(answer.code, answer.text).toBe("provider_refused");
    expect(await world.sandbox.sessions()).toEqual([]);
    expect(await refusedParameter(world)).toBe(parameter);
  });

  test.each([
    ["added", 981, 81],
    ["taken out of the confirmed amount", 900, 74],
  ])("tax that was %s all the same gives nothing, and the owner sees it", async (_how, amount_total, amount_tax) => {
    const { checkoutIntentId } = await sale(world, { outcome: "none" });
    await world.sandbox.pay((await latestSession(world)).id, "paid");
    await toldAs(world, "checkout.session.completed", { amount_total, details: { amount_tax } });
    expect(await intentRow(world, checkoutIntentId)).toMatchObject({
      status: "blocked",
      blocked_reason: "amount_mismatch",
      paid_cents: amount_total,
      tax_cents: amount_tax,
    });
    expect(await accessOf(world, checkoutIntentId)).toEqual([]);
    const html = await (await (await browserOf(world, OWNER)).get("/owner/blocked-checkouts")).text();
    expect(html).toContain(`${money(amount_total)}, of which ${money(amount_tax)} is tax`);
  });
});

describeInWorld("a business that sells for real", { reset: true, business: liveBusiness }, (world) => {
  test("settles the three in its requests, too", async () => {
    await withoutPlans(world);
    world.restart(LIVE);
    await world.sandbox.account({ automaticTaxDefault: true, tax: { percent: 9 }, managedPaymentsDefault: true });
    await sale(world, { bump: true, outcome: "none" });
    expect(await requested(world)).toMatchObject({ ...OFF, mode: "payment" });
    await openPlan(world, (await planDoors(world)).http);
    expect(await requested(world)).toMatchObject({ ...OFF, mode: "subscription" });
    for (const session of await world.sandbox.sessions()) {
      expect(session).toMatchObject({ livemode: true, automatic_tax: { enabled: false } });
    }
  });
});
