import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { seconds } from "../../../src/dev/stripe-sandbox/clock.ts";
import { NOW } from "../../support/now.ts";
import { LIVE_KEY, SECRET_KEY, startSandbox } from "./start.ts";
import { purchase, refusal, stripeAt } from "./stripe.ts";

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeAt(sandbox.url);
});
beforeEach(() => sandbox.control.reset());
afterAll(() => sandbox.stop());

const now = () => seconds(NOW);

test("a session is created open, with everything it was asked for, and found again", async () => {
  const expires_at = now() + 23 * 3600;
  const session = await stripe.checkout.sessions.create(purchase({ expires_at, expand: ["line_items"] }));

  expect(session.id).toMatch(/^cs_test_[0-9A-Za-z]{58}$/);
  expect(session).toMatchObject({
    object: "checkout.session",
    status: "open",
    payment_status: "unpaid",
    amount_total: 900,
    currency: "usd",
    client_reference_id: "checkout-intent-1",
    metadata: { intent: "checkout-intent-1" },
    payment_intent: null,
    livemode: false,
    expires_at,
    url: `http://sandbox.test/c/pay/${session.id}`,
  });
  expect(session.line_items?.data[0]).toMatchObject({
    description: "Launch <pass> & more",
    amount_total: 900,
    quantity: 1,
  });
  expect(session.lastResponse.requestId).toMatch(/^req_/);
  expect(session.lastResponse.apiVersion).toBe("2026-10-28.endive");

  const { line_items: _, ...plain } = session;
  expect(await stripe.checkout.sessions.retrieve(session.id)).toEqual(plain);
  const items = await stripe.checkout.sessions.listLineItems(session.id);
  expect(items.data).toEqual(session.line_items?.data);
});

test("a subscription session takes recurring prices and its own metadata", async () => {
  const price = (unit_amount: number, name: string, recurring?: { interval: "month" }) => ({
    quantity: 1,
    price_data: { currency: "usd", unit_amount, product_data: { name }, ...(recurring ? { recurring } : {}) },
  });
  const session = await stripe.checkout.sessions.create({
    mode: "subscription",
    line_items: [price(19_700, "Grow", { interval: "month" }), price(100_000, "Setup")],
    success_url: "https://shop.test/success",
    subscription_data: { metadata: { plan: "grow" } },
  });
  expect(session).toMatchObject({ mode: "subscription", amount_total: 119_700, subscription: null });
  const paid = await sandbox.control.pay(session.id, "paid", "buyer@example.com");
  expect(paid).toMatchObject({ status: "complete", payment_status: "paid", payment_intent: null });
  expect(paid.subscription).toMatch(/^sub_/);
  expect(paid.customer).toMatch(/^cus_/);
});

test("what Stripe would refuse is refused in Stripe's words", async () => {
  const raw = async (form: string, authorization = `Bearer ${SECRET_KEY}`) => {
    const headers = { authorization, "content-type": "application/x-www-form-urlencoded" };
    const response = await sandbox.fetcher("/v1/checkout/sessions", { method: "POST", headers, body: form });
    return { status: response.status, error: ((await response.json()) as { error: Record<string, unknown> }).error };
  };
  const item =
    "line_items[0][quantity]=1&line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=x";
  const good = `mode=payment&success_url=https://a.test/&${item}&line_items[0][price_data][unit_amount]=900`;
  const refusals: [string, Record<string, unknown>][] = [
    [`${good}&payment_method_types[0]=card`, { code: "parameter_unknown", param: "payment_method_types" }],
    [
      `${good}&line_items[0][price_data][colour]=red`,
      { code: "parameter_unknown", param: "line_items[0][price_data][colour]" },
    ],
    [`${good}&__proto__[x]=1`, { code: "parameter_unknown", param: "__proto__" }],
    [
      `mode=payment&${item}&line_items[0][price_data][unit_amount]=900`,
      { code: "parameter_missing", param: "success_url" },
    ],
    [`mode=payment&success_url=https://a.test/`, { code: "parameter_missing", param: "line_items" }],
    [
      `mode=payment&success_url=https://a.test/&${item}`,
      { code: "parameter_missing", param: "line_items[0][price_data][unit_amount]" },
    ],
    [
      `mode=payment&success_url=https://a.test/&${item}&line_items[0][price_data][unit_amount]=9.00`,
      { code: "parameter_invalid_integer", param: "line_items[0][price_data][unit_amount]" },
    ],
    [`${good}&client_reference_id=`, { code: "parameter_invalid_empty", param: "client_reference_id" }],
    [`${good}&cancel_url=nowhere`, { code: "url_invalid", param: "cancel_url" }],
    [`${good}&customer_email=nobody`, { code: "email_invalid", param: "customer_email" }],
    [`${good}&mode=gift`, { param: "mode" }],
    [`${good}&client_reference_id=${"x".repeat(201)}`, { param: "client_reference_id" }],
    [`${good}&expires_at=${now() + 29 * 60}`, { param: "expires_at" }],
    [`${good}&expires_at=${now() + 24 * 3600 + 60}`, { param: "expires_at" }],
    [`${good}&subscription_data[metadata][a]=b`, { param: "subscription_data" }],
    [`${good}&line_items[0][price_data][recurring][interval]=month`, { param: "mode" }],
    [`${good}&automatic_tax[enabled]=true`, { param: "automatic_tax" }],
    ["a[b=1", {}],
  ];
  for (const [form, error] of refusals) {
    const refused = await raw(form);
    expect(refused, form).toMatchObject({ status: 400, error: { type: "invalid_request_error", ...error } });
  }
  expect(await raw(good, `Bearer sk_test_other_0123456789`)).toMatchObject({
    status: 401,
    error: { type: "invalid_request_error" },
  });
  expect((await raw(good, `Bearer sk_test_other_0123456789`)).error.message).toBe(
    "Invalid API Key provided: sk_test*************6789",
  );
  expect((await raw(good, `Basic ${btoa(`${SECRET_KEY}:`)}`)).status).toBe(200);
  expect(await sandbox.control.sessions()).toHaveLength(1);

  const gone = await refusal(stripe.checkout.sessions.retrieve("cs_test_nothing"));
  expect(gone).toMatchObject({ statusCode: 404, code: "resource_missing", type: "StripeInvalidRequestError" });
  expect((await refusal(stripe.customers.retrieve("cus_1"))).statusCode).toBe(404);
});

test("lists go newest first, by time, status and payment intent, and page both ways", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) {
    ids.unshift((await stripe.checkout.sessions.create(purchase({ client_reference_id: `ref-${n}` }))).id);
    await sandbox.control.advanceClock(10);
  }
  const list = async (params: Stripe.Checkout.SessionListParams) => {
    const { data, has_more } = await stripe.checkout.sessions.list(params);
    return { found: data.map(({ id }) => ids.indexOf(id)), has_more };
  };
  expect(await list({})).toEqual({ found: [0, 1, 2, 3, 4], has_more: false });
  expect(await list({ limit: 2 })).toEqual({ found: [0, 1], has_more: true });
  expect(await list({ limit: 2, starting_after: ids[1] ?? "" })).toEqual({ found: [2, 3], has_more: true });
  expect(await list({ limit: 2, ending_before: ids[4] ?? "" })).toEqual({ found: [2, 3], has_more: true });

  const times = await Promise.all(ids.map(async (id) => (await stripe.checkout.sessions.retrieve(id)).created));
  expect(await list({ created: { gte: times[3] ?? 0, lt: times[1] ?? 0 } })).toEqual({
    found: [2, 3],
    has_more: false,
  });
  expect(await list({ created: { gt: times[3] ?? 0, lte: times[1] ?? 0 } })).toEqual({
    found: [1, 2],
    has_more: false,
  });

  const paid = await sandbox.control.pay(ids[2] ?? "", "paid");
  expect(await list({ payment_intent: String(paid.payment_intent) })).toEqual({ found: [2], has_more: false });
  expect(await list({ status: "complete" })).toEqual({ found: [2], has_more: false });
  const all: string[] = [];
  for await (const session of stripe.checkout.sessions.list({ limit: 2 })) all.push(session.id);
  expect(all).toEqual(ids);
  expect((await refusal(stripe.checkout.sessions.list({ limit: 101 }))).code).toBe("parameter_invalid_integer");
});

test("an open session can be expired once, and expires by itself at its time", async () => {
  const first = await stripe.checkout.sessions.create(purchase());
  const expired = await stripe.checkout.sessions.expire(first.id);
  expect(expired).toMatchObject({ status: "expired", payment_status: "unpaid", url: null });
  const again = await refusal(stripe.checkout.sessions.expire(first.id));
  expect(again.message).toContain('Only Checkout Sessions with a status in ["open"] can be expired.');

  const second = await stripe.checkout.sessions.create(purchase({ expires_at: now() + 31 * 60 }));
  await sandbox.control.advanceClock(30 * 60);
  expect((await stripe.checkout.sessions.retrieve(second.id)).status).toBe("open");
  await sandbox.control.advanceClock(61);
  expect((await stripe.checkout.sessions.retrieve(second.id)).status).toBe("expired");
  const { data } = await stripe.events.list({ type: "checkout.session.expired" });
  expect(data.map((event) => (event.data.object as Stripe.Checkout.Session).id)).toEqual([second.id, first.id]);
  expect(data.map((event) => event.request?.id === null)).toEqual([true, false]);
});

test("test mode and live mode see nothing of each other", async () => {
  const live = stripeAt(sandbox.url, LIVE_KEY);
  const session = await live.checkout.sessions.create(purchase(), { idempotencyKey: "same" });
  expect(session).toMatchObject({ livemode: true });
  expect(session.id).toMatch(/^cs_live_/);
  expect((await refusal(stripe.checkout.sessions.retrieve(session.id))).code).toBe("resource_missing");
  expect((await stripe.checkout.sessions.create(purchase(), { idempotencyKey: "same" })).id).toMatch(/^cs_test_/);
  await sandbox.control.pay(session.id, "paid");
  expect((await live.events.list()).data.every((event) => event.livemode)).toBe(true);
  expect((await stripe.events.list()).data).toEqual([]);
});

test("the call log tells what was asked, and keeps no secret", async () => {
  await stripe.checkout.sessions.create(purchase(), { idempotencyKey: "k-1" });
  await refusal(stripe.checkout.sessions.retrieve("cs_test_nothing"));
  const calls = await sandbox.control.calls();
  expect(calls).toMatchObject([
    {
      method: "POST",
      path: "/v1/checkout/sessions",
      idempotencyKey: "k-1",
      apiVersion: "2026-10-28.endive",
      status: 200,
      replayed: false,
      params: { mode: "payment", line_items: [{ quantity: "1", price_data: { unit_amount: "900" } }] },
    },
    { method: "GET", path: "/v1/checkout/sessions/cs_test_nothing", idempotencyKey: null, status: 404 },
  ]);
  expect(JSON.stringify(calls)).not.toContain(SECRET_KEY);
});
