import { beforeEach, expect, test } from "vitest";
import { browserOf } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { LIVE, liveBusiness } from "../support/live-business.ts";
import { openPlan, planDoors, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { accessOf, latestSession, money, OFF, readOwn, requested, toldAs } from "../support/taxed-sales.ts";
import { OWNER } from "../support/world.ts";

describeInWorld("a business without tax", { reset: true }, (world) => {
  beforeEach(() => withoutPlans(world));

  test("settles tax, managed payments and adaptive pricing in each request, and leaves none to the account", async () => {
    const { checkoutIntentId } = await sale(world, { bump: true });
    expect(await requested(world)).toMatchObject({ ...OFF, mode: "payment" });
    const untaxed = { paid_cents: 2_800, tax_cents: null, tax_behavior: null };
    expect(await intentRow(world, checkoutIntentId)).toMatchObject({ status: "paid", ...untaxed });
    expect(Object.keys(await readOwn(world, checkoutIntentId)).filter((key) => key.startsWith("tax"))).toEqual([]);
    await openPlan(world, (await planDoors(world)).http, { setup: true });
    expect(await requested(world)).toMatchObject({ ...OFF, mode: "subscription" });
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
    const html = await (await (await browserOf(world, OWNER)).get("/owner/orders?filter=status:blocked")).text();
    expect(html).toContain(`$${money(amount_total)}, of which $${money(amount_tax)} is tax`);
  });
});

describeInWorld("a business that sells for real", { reset: true, business: liveBusiness }, (world) => {
  test("settles the three in its requests, too", async () => {
    await withoutPlans(world);
    world.restart(LIVE);
    await sale(world, { bump: true, outcome: "none" });
    expect(await requested(world)).toMatchObject({ ...OFF, mode: "payment" });
    await openPlan(world, (await planDoors(world)).http);
    expect(await requested(world)).toMatchObject({ ...OFF, mode: "subscription" });
    const sessions = await world.sandbox.sessions();
    expect(sessions.map(({ livemode }) => livemode)).toEqual([true, true]);
  });
});
