import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { planOf } from "../support/plans.ts";
import { sessionObject, told } from "../support/told.ts";
import { soldPlan } from "./lives.ts";

describeInWorld("a plan whose facts contradict each other", { reset: true }, (world) => {
  test("gives nothing while a person has to look at it", async () => {
    const plan = await soldPlan(world);
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    const object = { ...(await sessionObject(world, plan.sessionId)), amount_total: 1 };
    await told(world, { type: "checkout.session.completed", object });
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "blocked" });
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
  });
});
