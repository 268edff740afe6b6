import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { sale } from "../support/sale.ts";

describeInWorld("a declined card", { reset: true }, (world) => {
  test("leaves the order open for another card, also where the schedule asks Stripe", async () => {
    const { checkoutIntentId } = await sale(world, { outcome: "failed" });
    const [session] = await world.sandbox.sessions();
    if (!session) throw new Error("no session");
    expect(session).toMatchObject({ status: "open", payment_intent: expect.any(String) });

    const statusAfterLook = async () => {
      await world.advance(600);
      await world.scheduled();
      return (await intentRow(world, checkoutIntentId)).status;
    };
    expect(await statusAfterLook()).toBe("open");
    const looked = (await world.sandbox.calls()).filter(({ path }) => path.endsWith(`/sessions/${session.id}`));
    expect(looked).toHaveLength(1);
    await world.sandbox.pay(session.id, "paid");
    expect(await statusAfterLook()).toBe("paid");
  });
});
