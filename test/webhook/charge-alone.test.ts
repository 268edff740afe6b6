import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { sale } from "../support/sale.ts";
import { latestObject, told } from "../support/told.ts";

/** A version in which refunds, charges and disputes name no payment intent. */
const OLD = "2011-01-01";

describeInWorld("money that goes back, told by events that name a charge alone", { reset: true }, (world) => {
  const refund = (paymentIntent: string) => world.sandbox.refund({ paymentIntent });
  const dispute = (paymentIntent: string) => world.sandbox.dispute({ paymentIntent });

  test.each([
    ["refund.created", refund, "refunded"],
    ["charge.refunded", refund, "refunded"],
    ["charge.dispute.created", dispute, "disputed"],
  ] as const)("%s: the object is fetched from Stripe", async (type, takeBack, status) => {
    const { checkoutIntentId } = await sale(world);
    await world.advance(60);
    await takeBack(String((await world.sandbox.sessions()).at(-1)?.payment_intent));
    const { payment_intent: _, ...object } = await latestObject(world, type);
    expect(await told(world, { type, object, apiVersion: OLD })).toMatchObject({ status: "processed" });
    expect((await intentRow(world, checkoutIntentId)).status).toBe(status);
  });
});
