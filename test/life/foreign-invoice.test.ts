import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { soldElsewhere } from "../support/sold-elsewhere.ts";

describeInWorld("money back of another application's subscription", { reset: true }, (world) => {
  test("is traced to its invoice once, and is not ours", async () => {
    const sessionId = await soldElsewhere(world, 500, {
      mode: "subscription",
      "line_items[0][price_data][recurring][interval]": "month",
    });
    await world.sandbox.pay(sessionId, "paid");
    await world.deliver();
    const session = (await world.sandbox.sessions()).find(({ id }) => id === sessionId);
    await world.sandbox.refund({ invoice: String(session?.invoice) });
    await world.deliver();
    expect(await world.all("SELECT outcome, due_at FROM payment_traces")).toEqual([
      { outcome: "not_ours", due_at: null },
    ]);
    expect(await world.all("SELECT id FROM billing_subscriptions")).toEqual([]);
  });
});
