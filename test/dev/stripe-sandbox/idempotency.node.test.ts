import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { seconds } from "../../../src/dev/stripe-sandbox/clock.ts";
import { NOW } from "../../support/now.ts";
import { until } from "../../support/until.ts";
import { startSandbox } from "./start.ts";
import { purchase, refusal, stripeAt } from "./stripe.ts";

const CREATE = "POST /v1/checkout/sessions";

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeAt(sandbox.url);
});
beforeEach(() => sandbox.control.reset());
afterAll(() => sandbox.stop());

const create = (idempotencyKey: string, more?: Stripe.Checkout.SessionCreateParams) =>
  stripe.checkout.sessions.create(purchase(more), { idempotencyKey });
const count = async () => (await sandbox.control.sessions()).length;
const headersOf = (session: Stripe.Response<Stripe.Checkout.Session>) => session.lastResponse.headers;

test("the same key and parameters answer the same session, marked as a replay", async () => {
  const first = await create("k");
  const second = await create("k");
  expect(second).toEqual(first);
  expect(headersOf(first)["idempotent-replayed"]).toBeUndefined();
  expect(headersOf(second)).toMatchObject({
    "idempotent-replayed": "true",
    "original-request": first.lastResponse.requestId,
  });
  expect(await count()).toBe(1);
  expect((await sandbox.control.calls()).map(({ status, replayed }) => [status, replayed])).toEqual([
    [200, false],
    [200, true],
  ]);
});

test("a replay answers as it was, whatever became of the session and of the time", async () => {
  const first = await create("k", { expires_at: seconds(NOW) + 31 * 60 });
  await sandbox.control.advanceClock(40 * 60);
  expect((await stripe.checkout.sessions.retrieve(first.id)).status).toBe("expired");
  const replay = await create("k", { expires_at: first.expires_at });
  expect(replay).toMatchObject({ id: first.id, status: "open", url: first.url });
});

test("a key lives for 24 hours", async () => {
  const first = await create("k");
  await sandbox.control.advanceClock(24 * 3600 - 60);
  expect((await create("k")).id).toBe(first.id);
  await sandbox.control.advanceClock(61);
  expect((await create("k")).id).not.toBe(first.id);
});

test("other parameters or another path under the key are an idempotency_error, and nothing is created", async () => {
  const first = await create("k");
  const other = await refusal(create("k", { client_reference_id: "checkout-intent-2" }));
  expect(other).toMatchObject({ statusCode: 400, type: "StripeIdempotencyError" });
  const path = await refusal(stripe.checkout.sessions.expire(first.id, {}, { idempotencyKey: "k" }));
  expect(path).toMatchObject({ statusCode: 400, type: "StripeIdempotencyError" });
  expect(await sandbox.control.sessions()).toMatchObject([{ id: first.id, status: "open" }]);
});

test("many at once with one key: one session; who comes too early is told that the key is in use", async () => {
  const answers = await Promise.allSettled(Array.from({ length: 30 }, () => create("k")));
  const ids = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.id] : []));
  const refused = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason.code] : []));
  expect(ids.length).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(1);
  expect(new Set(refused).size).toBeLessThanOrEqual(1);
  expect(refused.every((code) => code === "idempotency_key_in_use")).toBe(true);
  expect(await count()).toBe(1);
});

test("while the first is still executing the key is in use, and afterwards it replays", async () => {
  await sandbox.control.fault({ target: "api", path: CREATE, kind: "hold" });
  const first = create("k");
  const early = await untilInFlight(() => refusal(create("k", {})));
  expect(early).toMatchObject({ statusCode: 409, code: "idempotency_key_in_use" });
  expect(await count()).toBe(0);
  await sandbox.control.clearFaults();
  const { id } = await first;
  expect((await create("k")).id).toBe(id);
});

test("a stored 500 is replayed, with the session created or without", async () => {
  for (const [kind, created] of [
    ["stored_500", 0],
    ["stored_500_after", 1],
  ] as const) {
    await sandbox.control.reset();
    await sandbox.control.fault({ target: "api", path: CREATE, kind });
    expect(await refusal(create("k"))).toMatchObject({ statusCode: 500, type: "StripeAPIError" });
    const again = await refusal(create("k"));
    expect(again).toMatchObject({ statusCode: 500, headers: { "idempotent-replayed": "true" } });
    expect(await count()).toBe(created);
    expect((await create("k2")).status).toBe("open");
  }
});

test("nothing is stored of a refused parameter, a 401, a 429, a 409 or a 500 from before execution", async () => {
  expect((await refusal(create("k", { mode: "setup" }))).statusCode).toBe(400);
  const stranger = stripeAt(sandbox.url, "sk_test_stranger_0123456789");
  expect((await refusal(stranger.checkout.sessions.create(purchase(), { idempotencyKey: "k" }))).statusCode).toBe(401);
  await sandbox.control.fault({ target: "api", path: CREATE, kind: "status", status: 429, code: "rate_limit" });
  expect(await refusal(create("k"))).toMatchObject({ statusCode: 429, type: "StripeRateLimitError" });
  await sandbox.control.fault({ target: "api", path: CREATE, kind: "status", status: 409, code: "lock_timeout" });
  expect((await refusal(create("k"))).statusCode).toBe(409);
  await sandbox.control.fault({ target: "api", path: CREATE, kind: "fail_before", times: 2 });
  expect((await refusal(create("k"))).statusCode).toBe(500);
  expect((await refusal(create("k"))).statusCode).toBe(500);
  await sandbox.control.fault({ target: "api", path: CREATE, kind: "drop_connection_before", times: 2 });
  expect((await refusal(create("k"))).type).toBe("StripeConnectionError");
  expect(await count()).toBe(0);
  const session = await create("k");
  expect(headersOf(session)["idempotent-replayed"]).toBeUndefined();
  expect(await count()).toBe(1);
});

test("a refusal of an execution that began is stored, and so is any status that a fault stores", async () => {
  const session = await create("k");
  await sandbox.control.pay(session.id, "paid");
  const expire = () => refusal(stripe.checkout.sessions.expire(session.id, {}, { idempotencyKey: "e" }));
  expect((await expire()).statusCode).toBe(400);
  expect(await expire()).toMatchObject({ statusCode: 400, headers: { "idempotent-replayed": "true" } });

  await sandbox.control.fault({ target: "api", kind: "status", status: 400, stored: true });
  expect((await refusal(create("s"))).statusCode).toBe(400);
  expect(await refusal(create("s"))).toMatchObject({ statusCode: 400, headers: { "idempotent-replayed": "true" } });
});

test("an answer that is lost after Stripe acted is found under the key", async () => {
  for (const kind of ["fail_after", "cut_body"] as const) {
    await sandbox.control.reset();
    await sandbox.control.fault({ target: "api", path: CREATE, kind });
    const lost = await refusal(create("k"));
    expect(lost.type, kind).toBe(kind === "fail_after" ? "StripeAPIError" : "StripeConnectionError");
    expect(await count()).toBe(1);
    const found = await create("k");
    expect(headersOf(found)["idempotent-replayed"]).toBe("true");
    expect(await sandbox.control.sessions()).toMatchObject([{ id: found.id }]);
    expect((await sandbox.control.calls()).map(({ fault }) => fault)).toEqual([kind, null]);
  }
});

test("a connection that is reset before the answer is repeated once by Stripe's client itself, and refused when reset again", async () => {
  await sandbox.control.fault({ target: "api", path: CREATE, kind: "drop_connection_after", times: 3 });
  expect((await refusal(create("k"))).type).toBe("StripeConnectionError");
  const found = await create("k");
  expect(headersOf(found)["idempotent-replayed"]).toBe("true");
  expect(await sandbox.control.calls()).toMatchObject(
    [200, 200, 200, 200].map((status) => ({ status, idempotencyKey: "k" })),
  );
  expect(await sandbox.control.sessions()).toMatchObject([{ id: found.id }]);
});

test("a late answer is a time-out for the caller, and done all the same", async () => {
  const impatient = stripeAt(sandbox.url);
  for (const kind of ["hold_after", "hold"] as const) {
    await sandbox.control.reset();
    await sandbox.control.fault({ target: "api", path: CREATE, kind });
    const options = { idempotencyKey: "k", timeout: 300 };
    // Once more where the caller gave up before its call arrived.
    await until(async () => {
      const late = await refusal(impatient.checkout.sessions.create(purchase(), options));
      expect(late.type).toBe("StripeConnectionError");
      return (await sandbox.control.calls()).length > 0;
    });
    await sandbox.control.clearFaults();
    const found = await untilInFlight(() => create("k"));
    expect(await sandbox.control.sessions()).toMatchObject([{ id: found.id }]);
  }
});

/** Asks again while the answer is that the key is in use, and while a call is not yet known. */
async function untilInFlight<T>(ask: () => Promise<T>): Promise<T> {
  const answer = await until(async () => {
    if ((await sandbox.control.calls()).length === 0) return undefined;
    try {
      return { given: await ask() };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "idempotency_key_in_use")) throw error;
      return undefined;
    }
  });
  if (!answer) throw new Error("it never came to an end");
  return answer.given;
}
