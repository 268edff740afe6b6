import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startSandbox } from "./start.ts";
import { purchase, stripeAt } from "./stripe.ts";

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeAt(sandbox.url);
});
beforeEach(() => sandbox.control.reset());
afterAll(() => sandbox.stop());

const open = (more?: Stripe.Checkout.SessionCreateParams) => stripe.checkout.sessions.create(purchase(more));
const pathOf = (session: Stripe.Checkout.Session) => `/c/pay/${session.id}`;
const press = (session: Stripe.Checkout.Session, form: Record<string, string>) =>
  sandbox.fetcher(pathOf(session), { method: "POST", body: new URLSearchParams(form) });
const eventTypes = async () => (await stripe.events.list()).data.map(({ type }) => type).reverse();

test("the page shows what is bought, escaped, and that no money moves", async () => {
  const session = await open({
    line_items: [
      {
        quantity: 2,
        price_data: { currency: "usd", unit_amount: 950, product_data: { name: '<img src=x onerror="1">' } },
      },
      { quantity: 1, price_data: { currency: "usd", unit_amount: 5, product_data: { name: "Tip" } } },
    ],
  });
  const response = await sandbox.fetcher(pathOf(session));
  const html = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(html).toContain("&lt;img src=x onerror=&quot;1&quot;&gt;");
  expect(html).not.toContain("<img");
  for (const text of [
    "19.00 USD",
    "0.05 USD",
    "19.05 USD",
    "no money moves",
    "test@example.com",
    "width=device-width",
  ]) {
    expect(html).toContain(text);
  }
  for (const outcome of ["paid", "delayed", "failed", "canceled"])
    expect(html).toContain(`name="outcome" value="${outcome}"`);

  const yen = await open({
    line_items: [{ quantity: 1, price_data: { currency: "jpy", unit_amount: 1900, product_data: { name: "Print" } } }],
  });
  expect(await (await sandbox.fetcher(pathOf(yen))).text()).toContain("1900 JPY");
  expect((await sandbox.fetcher("/c/pay/cs_test_nothing")).status).toBe(404);
});

test("Pay completes the session, tells of it, and goes to the success address", async () => {
  const session = await open();
  const response = await press(session, { outcome: "paid", email: "buyer@example.com" });
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe(`https://shop.test/success/secret?session=${session.id}`);
  const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ["payment_intent"] });
  expect(paid).toMatchObject({
    status: "complete",
    payment_status: "paid",
    url: null,
    customer_details: { email: "buyer@example.com" },
    payment_intent: { status: "succeeded", amount_received: 900, metadata: { intent: "checkout-intent-1" } },
  });
  expect(await eventTypes()).toEqual(["payment_intent.succeeded", "checkout.session.completed"]);
  expect((await press(session, { outcome: "paid" })).status).toBe(409);
  expect((await sandbox.fetcher(pathOf(session))).status).toBe(409);
  expect(await eventTypes()).toHaveLength(2);
});

test("many clicks at once pay once", async () => {
  const session = await open();
  const answers = await Promise.all(Array.from({ length: 12 }, () => press(session, { outcome: "paid" })));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([303, ...Array.from({ length: 11 }, () => 409)]);
  expect(await eventTypes()).toEqual(["payment_intent.succeeded", "checkout.session.completed"]);
});

test("Pay and expire at once: one of them wins, and the events agree with the session", async () => {
  for (let round = 0; round < 5; round++) {
    await sandbox.control.reset();
    const session = await open();
    await Promise.allSettled([press(session, { outcome: "paid" }), stripe.checkout.sessions.expire(session.id)]);
    const { status } = await stripe.checkout.sessions.retrieve(session.id);
    const told = (await eventTypes()).filter((type) => type.startsWith("checkout."));
    expect(told).toEqual([status === "complete" ? "checkout.session.completed" : "checkout.session.expired"]);
  }
});

test("Pay later completes unpaid, and the money arrives or fails afterwards, once", async () => {
  for (const outcome of ["succeeded", "failed"] as const) {
    await sandbox.control.reset();
    const session = await open();
    expect((await press(session, { outcome: "delayed" })).status).toBe(303);
    const unpaid = await stripe.checkout.sessions.retrieve(session.id);
    expect(unpaid).toMatchObject({ status: "complete", payment_status: "unpaid" });
    expect((await stripe.paymentIntents.retrieve(String(unpaid.payment_intent))).status).toBe("processing");
    const settled = await sandbox.control.settle(session.id, outcome);
    expect(settled.payment_status).toBe(outcome === "succeeded" ? "paid" : "unpaid");
    await expect(sandbox.control.settle(session.id, outcome)).rejects.toThrow("awaits no delayed payment");
    expect(await eventTypes()).toEqual([
      "payment_intent.processing",
      "checkout.session.completed",
      outcome === "succeeded" ? "payment_intent.succeeded" : "payment_intent.payment_failed",
      `checkout.session.async_payment_${outcome}`,
    ]);
  }
});

test("a declined card leaves the session open, and the next try pays with the same payment intent", async () => {
  const session = await open();
  const declined = await press(session, { outcome: "failed", email: "again@example.com" });
  expect(declined.status).toBe(402);
  const html = await declined.text();
  expect(html).toContain("Your card was declined.");
  expect(html).toContain("again@example.com");
  const tried = await stripe.checkout.sessions.retrieve(session.id);
  expect(tried).toMatchObject({ status: "open", payment_status: "unpaid" });
  const intent = await stripe.paymentIntents.retrieve(String(tried.payment_intent));
  expect(intent).toMatchObject({ status: "requires_payment_method", last_payment_error: { code: "card_declined" } });
  expect((await press(session, { outcome: "paid" })).status).toBe(303);
  expect((await stripe.checkout.sessions.retrieve(session.id)).payment_intent).toBe(intent.id);
  expect(await eventTypes()).toEqual([
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "checkout.session.completed",
  ]);
});

test("Cancel goes back and changes nothing", async () => {
  const session = await open();
  const response = await press(session, { outcome: "canceled" });
  expect([response.status, response.headers.get("location")]).toEqual([303, "https://shop.test/cancel/token"]);
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe("open");
  expect(await eventTypes()).toEqual([]);
});

test("an expired session can't be paid", async () => {
  const session = await open();
  await sandbox.control.advanceClock(24 * 3600 + 1);
  expect((await press(session, { outcome: "paid" })).status).toBe(410);
  expect((await sandbox.fetcher(pathOf(session))).status).toBe(410);
  expect(await eventTypes()).toEqual(["checkout.session.expired"]);
});

test("a form without an outcome changes nothing, and nothing due needs no payment", async () => {
  const session = await open();
  expect((await press(session, { outcome: "stolen" })).status).toBe(400);
  expect((await sandbox.fetcher(pathOf(session), { method: "POST", body: "{" })).status).toBe(400);
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe("open");

  const free = await open({
    line_items: [{ quantity: 1, price_data: { currency: "usd", unit_amount: 0, product_data: { name: "Gift" } } }],
  });
  expect(await sandbox.control.pay(free.id, "paid")).toMatchObject({
    status: "complete",
    payment_status: "no_payment_required",
    payment_intent: null,
  });
});

test("the developer's page lists sessions and deliveries, escaped", async () => {
  const session = await open({ client_reference_id: "<script>1</script>" });
  await sandbox.control.pay(session.id, "paid");
  const html = await (await sandbox.fetcher("/")).text();
  expect(html).toContain(session.id.slice(0, 20));
  expect(html).toContain("checkout.session.completed");
  expect(html).toContain("&lt;script&gt;");
  expect(await (await sandbox.fetcher("/health")).json()).toEqual({ status: "ok" });
});

test("the control API refuses what it does not know", async () => {
  const post = async (path: string, body: unknown) => {
    const response = await sandbox.fetcher(`/_sandbox${path}`, { method: "POST", body: JSON.stringify(body) });
    return response.status;
  };
  expect(await post("/faults", { target: "api", kind: "explode" })).toBe(400);
  expect(await post("/faults", { target: "api", kind: "status", colour: "red" })).toBe(400);
  expect(await post("/sessions/cs_test_nothing/pay", { outcome: "paid" })).toBe(404);
  expect(await post("/deliveries/whd_nothing/send", {})).toBe(404);
});
