import Stripe from "stripe";
import { expect, test } from "vitest";
import { innermostFault } from "../../src/commerce/purchase/event-records.ts";

/** An error with so many others around it. */
const within = (layers: number, cause: unknown): unknown =>
  layers === 0 ? cause : new Error(`layer ${layers}`, { cause: within(layers - 1, cause) });

test("of a failure the innermost error is kept, within five others", () => {
  expect(innermostFault(within(3, new TypeError("no such row")))).toBe("TypeError: no such row");
  expect(innermostFault(within(5, new TypeError("deep")))).toBe("TypeError: deep");
  expect(innermostFault(within(6, new TypeError("too deep")))).toBe("Error: layer 1");
  const endless = new Error("round and round");
  endless.cause = endless;
  expect(innermostFault(endless)).toBe("Error: round and round");
});

test("of an error of Stripe's no message is kept", () => {
  const refused = Stripe.errors.generateV1Error({
    type: "card_error",
    code: "card_declined",
    statusCode: 402,
    message: "4242",
  } as never);
  expect(innermostFault(within(1, refused))).toBe("StripeCardError card_declined 402");
});

test.each([
  [undefined, "undefined"],
  [null, "object"],
  ["text", "string"],
])("of %s, which is no error, its kind is kept", (thrown, kind) => {
  expect(innermostFault(thrown)).toBe(kind);
});

test("no more than 300 characters are kept", () => {
  expect(innermostFault(new Error("x".repeat(1000)))).toHaveLength(300);
});
