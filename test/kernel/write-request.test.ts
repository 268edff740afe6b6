import { expect, test } from "vitest";
import * as z from "zod";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { sha256 } from "../../src/base/digest.ts";
import { PROBLEMS, Problem, problemFrom } from "../../src/base/problem.ts";
import { parseInput, parseWriteRequest } from "../../src/kernel/write-request.ts";
import { expireCheckout } from "../../tools/expire-checkout.ts";

/** The refusal that a call comes to, as it goes over the wire. */
async function refusal(call: () => unknown): Promise<Record<string, unknown>> {
  try {
    await call();
  } catch (thrown) {
    if (thrown instanceof Problem) return { ...thrown.body };
    throw thrown;
  }
  throw new Error("it was taken");
}

const ARGS = {
  checkoutIntentId: "checkout-intent-1",
  confirmationText: "Yes.",
  idempotencyKey: "key-1",
  expectedUpdatedAt: "2026-11-24T00:00:00.123Z",
};
const parsed = (change: Record<string, unknown> = {}) => parseWriteRequest(expireCheckout, { ...ARGS, ...change });

test("a call is its arguments, its envelope, and one fingerprint of what it asks for", async () => {
  const { checkoutIntentId, confirmationText, idempotencyKey, expectedUpdatedAt } = ARGS;
  const input = { checkoutIntentId };
  expect(await parsed()).toEqual({
    input,
    givenText: confirmationText,
    idempotencyKey,
    expectedUpdatedAt: Date.UTC(2026, 10, 24, 0, 0, 0, 123),
    fingerprint: await sha256(canonicalJson({ write: "expire_checkout", input, expectedUpdatedAt })),
    // The only spelling of this call: a no to it is kept under the same hash.
    callSha256: await sha256(canonicalJson({ write: "expire_checkout", input, expectedUpdatedAt })),
  });
  const { fingerprint } = await parsed();
  // Saying yes to it, or under another key, is not asking for something else.
  expect((await parsed({ confirmationText: undefined })).fingerprint).toBe(fingerprint);
  expect((await parsed({ idempotencyKey: "key-2" })).fingerprint).toBe(fingerprint);
  expect((await parsed({ checkoutIntentId: "checkout-intent-2" })).fingerprint).not.toBe(fingerprint);
  expect((await parsed({ expectedUpdatedAt: "2026-11-24T00:00:00.124Z" })).fingerprint).not.toBe(fingerprint);
});

test("what is no object of arguments is refused before anything else, then a call without a key", async () => {
  for (const args of [null, undefined, "x", 1, [], [ARGS]]) {
    expect(await refusal(() => parseWriteRequest(expireCheckout, args))).toMatchObject({
      code: "invalid_input",
      field: "arguments",
      detail: "arguments: must be an object",
    });
  }
  const { idempotencyKey: _, ...keyless } = ARGS;
  expect(await refusal(() => parseWriteRequest(expireCheckout, { ...keyless, unknown: 1 }))).toEqual({
    code: "idempotency_key_required",
    title: "An idempotency key is required",
    detail: "Send an idempotency key of your own, and the same one again when you retry.",
    field: "idempotencyKey",
  });
});

test("a key is 1 to 255 visible ASCII characters, and is never shortened", async () => {
  const longest = "k".repeat(255);
  for (const idempotencyKey of ["!", "~", longest])
    expect((await parsed({ idempotencyKey })).idempotencyKey).toBe(idempotencyKey);
  for (const idempotencyKey of ["", `${longest}k`, "a b", " a", "a\n", "é", "\u007f", 1, null]) {
    expect(await refusal(() => parsed({ idempotencyKey }))).toMatchObject({ field: "idempotencyKey" });
  }
});

test("a version is a UTC time with milliseconds, and texts hold what a database can keep", async () => {
  for (const expectedUpdatedAt of [
    "2026-11-24T00:00:00Z",
    "2026-11-24T00:00:00.1Z",
    "2026-11-24T00:00:00.1234Z",
    "2026-11-24T00:00:00.123+00:00",
    "2026-11-24",
    "2026-02-30T00:00:00.000Z",
    "",
    1,
  ]) {
    expect(await refusal(() => parsed({ expectedUpdatedAt }))).toMatchObject({ field: "expectedUpdatedAt" });
  }
  const id = "c".repeat(200);
  expect((await parsed({ checkoutIntentId: id })).input).toEqual({ checkoutIntentId: id });
  for (const checkoutIntentId of ["", `${id}c`, "a\0b", "\ud800", 1]) {
    expect(await refusal(() => parsed({ checkoutIntentId }))).toMatchObject({ field: "checkoutIntentId" });
  }
  expect(await refusal(() => parsed({ confirmationText: "t".repeat(2001) }))).toMatchObject({
    field: "confirmationText",
  });
  expect((await parsed({ confirmationText: "t".repeat(2000) })).givenText).toHaveLength(2000);
});

test("a refusal names the field by its path, the rule, and nothing of the input", async () => {
  const schema = z.strictObject({
    list: z.array(z.strictObject({ size: z.int().max(9) })),
    name: z.string().optional(),
  });
  const of = (value: unknown) => refusal(() => parseInput(schema, value));
  expect(await of({ list: [{ size: 1 }, {}] })).toMatchObject({
    field: "list.1.size",
    detail: "list.1.size: is required",
  });
  expect(await of({ list: [{ size: 10 }] })).toMatchObject({ field: "list.0.size" });
  expect((await of({ list: [{ size: "secret" }] })).detail).not.toContain("secret");
  expect(await of({})).toMatchObject({ field: "list", detail: "list: is required" });
  expect(await of(7)).toMatchObject({ field: "input" });
  expect((await of(7)).detail).not.toContain("is required");
  expect(await of({ list: null })).toMatchObject({ field: "list" });
  expect((await of({ list: null })).detail).not.toContain("is required");
  const unknown = "is not an argument of this";
  expect(await of({ list: [], other: 1 })).toMatchObject({ field: "other", detail: `other: ${unknown}` });
  expect(await of({ list: [{ size: 1, "x.y-z_1": 1 }] })).toMatchObject({ field: "list.0.x.y-z_1" });
  const longest = "n".repeat(60);
  expect(await of({ list: [], [longest]: 1 })).toMatchObject({ field: longest });
  for (const name of [`${longest}n`, "<b>", "a b", "", "me@example.com"]) {
    expect(await of({ list: [], [name]: 1 })).toMatchObject({ field: "input", detail: `input: ${unknown}` });
  }
});

test("every code has the status that its name is known by, and a stored refusal comes back as it was", () => {
  const statuses = Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]));
  expect(statuses).toEqual({
    invalid_input: 400,
    idempotency_key_required: 400,
    unauthenticated: 401,
    insufficient_scope: 403,
    not_found: 404,
    operation_in_progress: 409,
    ineligible_state: 409,
    approval_required: 409,
    stale_state: 412,
    idempotency_conflict: 422,
    confirmation_mismatch: 422,
    confirmation_required: 422,
    rate_limited: 429,
    internal: 500,
    provider_unavailable: 502,
    provider_refused: 502,
    outcome_unknown: 502,
  });
  for (const { title } of Object.values(PROBLEMS)) expect(title).toMatch(/^[A-Z].{5,}$/);
  const details = {
    detail: "Words.",
    field: "a.b",
    resource: "commerce://offers/x",
    approvalUrl: "https://shop.example/a",
    retryAfterSeconds: 0,
    reference: "ref-1",
  };
  const problem = new Problem("stale_state", { ...details, scopes: ["owner:read"] });
  expect([problem.status, problem.body]).toEqual([
    412,
    { code: "stale_state", title: PROBLEMS.stale_state.title, ...details },
  ]);
  expect(problemFrom(problem.body).body).toEqual(problem.body);
  expect(new Problem("internal", { detail: "Words." }).body).toEqual({
    code: "internal",
    title: "Something went wrong here",
    detail: "Words.",
  });
});
