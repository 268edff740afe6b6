import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { planOf } from "../support/plans.ts";
import { soldPlan } from "./lives.ts";

describeInWorld("a plan whose facts contradict each other", { reset: true }, (world) => {
  test("is not had while a person has to look at it", async () => {
    const plan = await soldPlan(world);
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    const { line_items: _, ...session } =
      (await world.sandbox.sessions()).find(({ id }) => id === plan.sessionId) ?? {};
    const object = { ...session, amount_total: 1 };
    await world.sandbox.event({ type: "checkout.session.completed", object });
    await world.deliver();
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "blocked" });
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
  });
});
