import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startSandbox } from "./start.ts";
import { plan, refusal, stripeAt } from "./stripe.ts";
import { listener } from "./told.ts";

const HOUR = 3600;

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeAt(sandbox.url);
});
beforeEach(() => sandbox.control.reset());
afterAll(() => sandbox.stop());

/** A subscriber, and a portal that was opened for them. */
async function opened() {
  const price = { currency: "usd", unit_amount: 19_700, recurring: { interval: "month" } } as const;
  const { id } = await stripe.checkout.sessions.create(
    plan({ line_items: [{ quantity: 1, price_data: { ...price, product_data: { name: "Grow & more" } } }] }),
  );
  const session = await sandbox.control.pay(id, "paid", "buyer@example.com");
  const customer = String(session.customer);
  const portal = await stripe.billingPortal.sessions.create({ customer, return_url: "https://shop.test/account" });
  const path = new URL(portal.url).pathname;
  const subscription = String(session.subscription);
  const told = listener(stripe);
  await told.types();
  return {
    portal,
    path,
    customer,
    subscription,
    told,
    show: async () => (await sandbox.fetcher(path)).text(),
    press: (action: string, which = subscription) =>
      sandbox.fetcher(path, { method: "POST", body: new URLSearchParams({ action, subscription: which }) }),
  };
}

test("a portal session opens a page with the buyer's subscriptions and the way back", async () => {
  const { portal, path, show, customer } = await opened();
  expect(portal).toMatchObject({ object: "billing_portal.session", customer, return_url: "https://shop.test/account" });
  expect(path).toMatch(/^\/p\/session\/test_[0-9A-Za-z]{48}$/);
  expect(portal.url).not.toContain(portal.id);
  const html = await show();
  for (const text of [
    "Grow &amp; more",
    "197.00 USD every month",
    "Renews on",
    "https://shop.test/account",
    "no money moves",
  ])
    expect(html).toContain(text);
  for (const action of ["cancel_at_period_end", "cancel_now"])
    expect(html).toContain(`name="action" value="${action}"`);
  expect(html).not.toContain('value="resume"');
});

test.each(["classic", "flexible"] as const)(
  "%s: canceling at the period's end shows the day and can be taken back",
  async (billingMode) => {
    await sandbox.control.account({ billingMode });
    const { subscription, show, press, path, told } = await opened();
    const pressed = await press("cancel_at_period_end");
    expect([pressed.status, pressed.headers.get("location")]).toEqual([303, path]);
    const { billing_mode, cancel_at, cancel_at_period_end, items } = await stripe.subscriptions.retrieve(subscription);
    expect({ type: billing_mode.type, cancel_at, cancel_at_period_end }).toEqual({
      type: billingMode,
      cancel_at: items.data[0]?.current_period_end,
      cancel_at_period_end: billingMode === "classic",
    });
    const html = await show();
    expect(html).toContain("Ends on");
    expect(html).toContain("Keep the subscription");
    expect((await press("resume")).status).toBe(303);
    expect(await stripe.subscriptions.retrieve(subscription)).toMatchObject({ cancel_at_period_end: false });
    expect(await show()).toContain("Renews on");
    expect(await told.types()).toEqual(["customer.subscription.updated", "customer.subscription.updated"]);
  },
);

test("canceling now ends it, and a second press says that it is over", async () => {
  const { subscription, show, press, told } = await opened();
  const presses = await Promise.all(Array.from({ length: 6 }, () => press("cancel_now")));
  expect(presses.map(({ status }) => status).sort()).toEqual([303, ...Array.from({ length: 5 }, () => 409)]);
  expect(await stripe.subscriptions.retrieve(subscription)).toMatchObject({ status: "canceled" });
  expect(await told.types()).toEqual(["customer.subscription.deleted"]);
  const html = await show();
  expect(html).toContain("Ended on");
  expect(html).not.toContain("<button");
});

test("a paused subscription is resumed, and a failed payment is made good", async () => {
  const { subscription, show, press, told } = await opened();
  await sandbox.control.subscription(subscription, { action: "pause" });
  expect(await show()).toContain("Resume the subscription");
  await told.types();
  await press("resume");
  expect(await told.types()).toContain("customer.subscription.resumed");
  await sandbox.control.subscription(subscription, { action: "fail_payment" });
  expect(await show()).toContain("The last payment failed.");
  await told.types();
  await press("pay");
  expect(await told.types()).toContain("invoice.paid");
  expect(await stripe.subscriptions.retrieve(subscription)).toMatchObject({ status: "active" });
});

test("an unopened link is good for five minutes, and an opened one for an hour after each use", async () => {
  const unused = await opened();
  await sandbox.control.advanceClock(301);
  expect((await sandbox.fetcher(unused.path)).status).toBe(404);
  const { path, press } = await opened();
  for (let use = 0; use < 3; use++) {
    expect((await sandbox.fetcher(path)).status).toBe(200);
    await sandbox.control.advanceClock(use === 2 ? HOUR + 1 : HOUR - 60);
  }
  expect((await press("cancel_now")).status).toBe(404);
});

test("what the page does not offer changes nothing", async () => {
  const { subscription, press } = await opened();
  const other = await opened();
  expect((await press("steal")).status).toBe(400);
  expect((await press("cancel_now", other.subscription)).status).toBe(400);
  expect((await sandbox.fetcher("/p/session/test_nothing")).status).toBe(404);
  expect((await refusal(stripe.billingPortal.sessions.create({ customer: "cus_nothing" }))).code).toBe(
    "resource_missing",
  );
  for (const id of [subscription, other.subscription])
    expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ status: "active", cancel_at: null });
});
