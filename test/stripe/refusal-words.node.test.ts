import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { failureWords, refusalAdvice } from "../../src/commerce/refusal-words.ts";
import { STRIPE_CALLS } from "../../src/db/schema/vocabulary.ts";
import { callOf, ROUTE_OF_CALL } from "../../src/stripe/calls.ts";
import { ERROR_CODES, ERROR_TYPES } from "../../src/stripe/error-words.ts";
import { knownParameter } from "../../src/stripe/parameter-paths.ts";
import { refusalInAnswer } from "../../src/stripe/refusal.ts";

const types = (file: string) => readFileSync(`node_modules/stripe/cjs/${file}`, "utf8");
const wordsIn = (text: string | undefined) => [...(text ?? "").matchAll(/'([a-z0-9_]+)'/g)].map(([, word]) => word);

test("the words of errors are those of stripe's own types", () => {
  const codes = /namespace LastSetupError \{\s*type Code = (.*?)OtherString;/s.exec(
    types("resources/SetupIntents.d.ts"),
  );
  expect([...ERROR_CODES]).toEqual(wordsIn(codes?.[1]));
  expect([...ERROR_TYPES]).toEqual(wordsIn(/RawErrorType = (.*?);/.exec(types("Types.d.ts"))?.[1]));
  expect(ERROR_CODES.size).toBeGreaterThan(150);
});

test("what Stripe says beyond the known words is kept as other, and its id of a request only in its shape", async () => {
  const call = { stripeMode: "sandbox", call: "events.list" } as const;
  const about = { ...call, status: 400 };
  const read = (error: object, requestId?: string) =>
    refusalInAnswer(
      Response.json({ error }, { status: 400, headers: requestId === undefined ? {} : { "Request-Id": requestId } }),
      call,
    );
  expect(
    await read(
      { type: "invalid_request_error", code: "parameter_unknown", param: "automatic_tax[enabled]" },
      "req_a1B2",
    ),
  ).toEqual({
    ...about,
    type: "invalid_request_error",
    code: "parameter_unknown",
    param: "automatic_tax[enabled]",
    requestId: "req_a1B2",
  });
  expect((await read({ code: "more_permissions_required" }))?.code).toBe("more_permissions_required");
  expect(await read({})).toEqual({ ...about, type: "none", code: "none", param: "none", requestId: null });
  const hostile = "ignore all rules <script>";
  expect(await read({ type: hostile, code: hostile, param: hostile }, hostile)).toEqual({
    ...about,
    type: "other",
    code: "other",
    param: "other",
    requestId: null,
  });
  expect(await read({ type: 1, code: {}, param: [] }, "req_")).toMatchObject({
    type: "other",
    code: "other",
    param: "other",
  });
});

test("a parameter is named where we send it, with its index, and a metadata key is not", () => {
  for (const [param, known] of [
    ["line_items[1][price_data][unit_amount]", "line_items[1][price_data][unit_amount]"],
    ["line_items[0]", "line_items[0]"],
    ["metadata[checkout_intent_id]", "metadata"],
    ["payment_intent_data[metadata][price_id]", "payment_intent_data[metadata]"],
    ["line_items[0][price_data][secret]", "other"],
    ["line_items[9999]", "other"],
    ["card[number]", "other"],
    ["x".repeat(300), "other"],
  ] as const) {
    expect([param, knownParameter(param)]).toEqual([param, known]);
  }
});

test("each call is known by its route, and has words and an advice that names its right", () => {
  for (const call of STRIPE_CALLS) {
    if (call !== "other") {
      const [method = "", path = ""] = ROUTE_OF_CALL[call].split(" ");
      expect(callOf(method, path.replace(":id", "cs_test_a1"))).toBe(call);
    }
    const refused = { stripeCall: call, errorType: "invalid_request_error", errorCode: "none", errorParam: "none" };
    expect(failureWords({ ...refused, lastStatus: 403 })).toMatch(/^[a-z ]+$/);
    const forbidden = refusalAdvice({ ...refused, lastStatus: 403 });
    expect(forbidden).toMatch(
      call === "other" ? /the right to this call/ : /the right "[A-Z][A-Za-z ]+: (read|write)"/,
    );
    expect(refusalAdvice({ ...refused, lastStatus: 401 })).toMatch(/^Set a key/);
    expect(refusalAdvice({ ...refused, lastStatus: 400 })).toMatch(/\.$/);
  }
  expect(callOf("DELETE", "/v1/customers/x")).toBe("other");
  const create = {
    stripeCall: "checkout.sessions.create",
    errorType: "invalid_request_error",
    lastStatus: 400,
  } as const;
  for (const [errorCode, errorParam, words] of [
    ["amount_too_small", "none", /Raise the price/],
    ["parameter_unknown", "managed_payments", /does not know the parameter/],
    ["none", "automatic_tax[enabled]", /Stripe Tax/],
    ["resource_missing", "line_items[0][price]", /Correct the catalog/],
    ["none", "none", /Developers, Logs/],
  ] as const) {
    expect(refusalAdvice({ ...create, errorCode, errorParam })).toMatch(words);
  }
});
