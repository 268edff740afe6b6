import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { soldElsewhere } from "../support/sold-elsewhere.ts";
import { sessionObject } from "../support/told.ts";

describeInWorld("money back of another application's subscription", { reset: true }, (world) => {
  test("is traced to its invoice once, though two events tell of it, and is not ours", async () => {
    const sessionId = await soldElsewhere(world, 500, {
      mode: "subscription",
      "line_items[0][price_data][recurring][interval]": "month",
    });
    await world.sandbox.pay(sessionId, "paid");
    await world.deliver();
    const invoice = String((await sessionObject(world, sessionId)).invoice);
    await world.sandbox.refund({ invoice });
    const before = (await world.sandbox.calls()).length;
    await world.deliver();
    const calls = (await world.sandbox.calls()).slice(before).map(({ method, path }) => `${method} ${path}`);
    expect(calls).toEqual(["GET /v1/invoice_payments", `GET /v1/invoices/${invoice}`]);
    expect(await world.all("SELECT outcome, due_at FROM payment_traces")).toEqual([
      { outcome: "not_ours", due_at: null },
    ]);
    expect(await world.all("SELECT id FROM billing_subscriptions")).toEqual([]);
  });
});
