import { expect, test } from "vitest";
import type { Actor } from "../../src/kernel/actor.ts";
import { givenTo } from "../../src/kernel/operation-sight.ts";

const result = { checkoutIntentId: "checkout-intent-1", checkoutUrl: "https://pay.test" };
const write = { forGrant: ["checkoutUrl"] };

test.each([
  ["its own grant", "grant-1", "client-1", "grant-1", result],
  ["another grant", "grant-1", "client-1", "grant-2", { checkoutIntentId: "checkout-intent-1" }],
  ["the person on our own pages", "grant-1", null, null, result],
  ["an app, of what the person did on our own pages", null, "client-1", "grant-1", result],
])("a result is given to %s", (_, grantId, clientId, reader, given) => {
  expect(givenTo({ clientId, grantId: reader } as Actor, write, { grantId }, result)).toEqual(given);
});

test("a write that withholds nothing gives all to each grant", () => {
  const actor = { clientId: "client-1", grantId: "grant-2" } as Actor;
  expect(givenTo(actor, {}, { grantId: "grant-1" }, result)).toEqual(result);
});
