import { beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { checkoutDoors, intentRow, launchPassCall } from "../support/launch-pass.ts";
import { openPlan, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { accessOf, invoicesOf, OFF, readOwn, refusedParameters, requested } from "../support/taxed-sales.ts";

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
    const refused = await refusedParameters(world, async () => {
      const answer = await (await checkoutDoors(world)).http(await launchPassCall(world));
      expect(answer.code, answer.text).toBe("provider_refused");
    });
    expect(refused).toEqual([parameter]);
    expect(await world.sandbox.sessions()).toEqual([]);
  });
});
