import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { planOf } from "../support/plans.ts";
import { latestObject, told } from "../support/told.ts";
import { later, soldPlan } from "./lives.ts";

describeInWorld("the invoice of a renewal", { reset: true }, (world) => {
  test("whose refund is stored between its read and its commit gives no plan", async () => {
    const plan = await soldPlan(world);
    await world.deliver();
    await later(world);
    await world.sandbox.subscription(plan.subscription, { action: "renew" });
    const invoice = await latestObject(world, "invoice.paid");
    await told(world, { type: "invoice_payment.paid", object: await latestObject(world, "invoice_payment.paid") });
    await world.sandbox.refund({ invoice: String(invoice.id) });
    const refund = await latestObject(world, "refund.created");

    // Stripe can't be asked whose the refunded payment is: only the commit of the invoice can tell.
    world.quiet = true;
    await world.sandbox.fault({ target: "api", kind: "fail_before", times: 100 });
    let isStored = false;
    world.database.reset();
    world.database.interrupt(2, async () => {
      await told(world, { type: "refund.created", object: refund });
      isStored = true;
    });
    await told(world, { type: "invoice.paid", object: invoice });
    world.database.reset();
    world.quiet = false;
    expect(isStored).toBe(true);
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
  });
});
