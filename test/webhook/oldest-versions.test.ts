import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { sale } from "../support/sale.ts";

/** The first API version of Stripe's: events have had it since. */
const OLDEST = "2011-01-01";

describeInWorld("money that goes back, told by events that name a charge alone", { reset: true }, (world) => {
  const refund = (paymentIntent: string) => world.sandbox.refund({ paymentIntent });
  const dispute = (paymentIntent: string) => world.sandbox.dispute({ paymentIntent });

  test.each([
    ["refund.created", refund, "refunded"],
    ["charge.refunded", refund, "refunded"],
    ["charge.dispute.created", dispute, "disputed"],
  ] as const)("%s: its object is read as Stripe has it", async (type, takeBack, status) => {
    const { checkoutIntentId } = await sale(world);
    await world.advance(60);
    await takeBack(String((await world.sandbox.sessions()).at(-1)?.payment_intent));
    const made = (await world.sandbox.deliveries({ pending: true })).find((event) => event.type === type);
    const { data } = JSON.parse(made?.body ?? "") as { data: { object: Record<string, unknown> } };
    const { payment_intent: _, ...object } = data.object;
    const { id } = await world.sandbox.event({ type, object, apiVersion: OLDEST });
    const delivery = (await world.sandbox.deliveries()).find(({ eventId }) => eventId === id);
    if (!delivery) throw new Error("nothing waits");
    expect(await (await world.post(delivery)).json()).toMatchObject({ status: "processed" });
    expect((await intentRow(world, checkoutIntentId)).status).toBe(status);
  });
});
