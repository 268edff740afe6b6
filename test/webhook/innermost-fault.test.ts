import Stripe from "stripe";
import { expect, test } from "vitest";
import { innermostFault } from "../../src/commerce/purchase/event-records.ts";

test("of a failure its innermost error is kept, and of an error of Stripe's no message", () => {
  const wrapped = (cause: unknown, depth: number): unknown =>
    depth === 0 ? cause : new Error(`layer ${depth}`, { cause: wrapped(cause, depth - 1) });
  expect(innermostFault(wrapped(new TypeError("no such row"), 3))).toBe("TypeError: no such row");
  const refused = Stripe.errors.generateV1Error({
    type: "card_error",
    code: "card_declined",
    statusCode: 402,
    message: "4242",
  } as never);
  expect(innermostFault(wrapped(refused, 1))).toBe("StripeCardError card_declined 402");
  for (const [thrown, kind] of [
    [undefined, "undefined"],
    [null, "object"],
    ["text", "string"],
  ]) {
    expect(innermostFault(thrown)).toBe(kind);
  }
  // A chain without an end is followed for five errors.
  const endless = new Error("round and round");
  endless.cause = endless;
  expect(innermostFault(endless)).toBe("Error: round and round");
  expect(innermostFault(new Error("x".repeat(1000)))).toHaveLength(300);
});
