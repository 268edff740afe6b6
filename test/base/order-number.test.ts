import fc from "fast-check";
import { expect, test } from "vitest";
import { idEndOf, orderNumberOf } from "../../src/base/order-number.ts";
import { holds } from "../support/random.ts";

test("an order's number finds the end of its id, however it is typed", async () => {
  await holds("order numbers", fc.uuid({ version: 4 }), { runs: 200 }, (uuid) => {
    const number = orderNumberOf(`checkout-intent-${uuid}`);
    expect(number).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    const heard = number.replaceAll("0", "o").replaceAll("1", "l");
    const typed = [number, number.toLowerCase(), number.replace("-", " "), heard];
    for (const text of typed) expect(idEndOf(text)).toBe(uuid.slice(-10));
  });
});

test("a known number, and texts that are none", () => {
  expect(orderNumberOf("checkout-intent-00000000-0000-4000-8000-000000000001")).toBe("0000-0001");
  expect(orderNumberOf("checkout-intent-00000000-0000-4000-8000-00ffffffffff")).toBe("ZZZZ-ZZZZ");
  for (const text of ["", "K7QM", "K7QM-2F9U", "K7QM-2F9D1", "a@b.test"]) expect(idEndOf(text)).toBeUndefined();
});
