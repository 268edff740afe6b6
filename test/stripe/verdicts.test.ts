import Stripe from "stripe";
import { expect, test } from "vitest";
import { keyStateAfter } from "../../src/stripe/checkout-session.ts";
import { eventOf } from "../../src/stripe/verify-event.ts";

/** An error as the library makes it of an answer of Stripe's. */
function answered(statusCode: number, type = "api_error", headers: Record<string, string> = {}) {
  return Stripe.errors.generateV1Error({ type, statusCode, headers, message: "no" } as never);
}

test("an error of Stripe's tells how the idempotency key stands", () => {
  const cases: [unknown, ReturnType<typeof keyStateAfter>][] = [
    [answered(409), "in_flight"],
    [answered(409, "idempotency_error"), "in_flight"],
    [answered(400, "idempotency_error"), "used_up"],
    [answered(401), "barred"],
    [answered(403), "barred"],
    [answered(429), "unused"],
    [answered(400, "invalid_request_error"), "refused"],
    [answered(402, "card_error"), "refused"],
    [answered(404, "invalid_request_error"), "refused"],
    [answered(499), "refused"],
    [answered(399), "unknown"],
    [answered(500), "unknown"],
    [answered(503, "api_error", { "idempotent-replayed": "false" }), "unknown"],
    [answered(500, "api_error", { "idempotent-replayed": "true" }), "used_up"],
    [answered(503, "api_error", { "idempotent-replayed": "true" }), "used_up"],
    // A replay that is no failure of Stripe's says the same as the first time.
    [answered(400, "invalid_request_error", { "idempotent-replayed": "true" }), "refused"],
    [new Stripe.errors.StripeConnectionError({ message: "reset" } as never), "unknown"],
    [new Error("reset"), "unknown"],
    [undefined, "unknown"],
  ];
  for (const [at, [error, state]] of cases.entries()) expect([at, keyStateAfter(error)]).toEqual([at, state]);
});

test("an event is read from what every version of it has", () => {
  const object = { object: "charge", id: "x" };
  const snapshot = { id: "e", object: "event", type: "t", livemode: true, created: 1_700_000_000, data: { object } };
  expect(eventOf(snapshot, "live")).toEqual({
    endpointMode: "live",
    id: "e",
    type: "t",
    apiVersion: null,
    livemode: true,
    createdAt: 1_700_000_000_000,
    ofConnectedAccount: false,
    object,
    content: { type: "t", created: 1_700_000_000, livemode: true, account: null, object },
  });
  const thin = { ...snapshot, object: "v2.core.event", created: "2026-11-24T00:00:00.5Z", api_version: "2026-10-28.x" };
  expect(eventOf(thin, "sandbox")).toMatchObject({
    endpointMode: "sandbox",
    apiVersion: "2026-10-28.x",
    createdAt: Date.UTC(2026, 10, 24, 0, 0, 0, 500),
    object: undefined,
  });
  expect(eventOf({ ...snapshot, data: undefined }, "live")?.object).toBeUndefined();
  for (const [account, ofConnectedAccount] of [
    ["acct", true],
    ["", false],
    [null, false],
  ] as const) {
    expect(eventOf({ ...snapshot, account }, "live")?.ofConnectedAccount).toBe(ofConnectedAccount);
  }
  const longest = "x".repeat(255);
  expect(eventOf({ ...snapshot, id: longest, type: longest, api_version: "v".repeat(100) }, "live")).toBeDefined();
  for (const bad of [
    { id: "" },
    { id: `${longest}x` },
    { type: "" },
    { type: `${longest}x` },
    { api_version: "v".repeat(101) },
    { livemode: undefined },
    { object: undefined },
    { created: "yesterday" },
    { created: undefined },
    { account: 1 },
    { data: {} },
    { data: { object: "x" } },
  ]) {
    expect([bad, eventOf({ ...snapshot, ...bad }, "live")]).toEqual([bad, undefined]);
  }
});
