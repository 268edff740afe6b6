import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { AccountChange } from "../../../src/dev/stripe-sandbox/client.ts";
import { publishedTypes } from "./published-types.ts";
import { startSandbox } from "./start.ts";
import { plan, purchase, refusal, stripeAt } from "./stripe.ts";
import { hold, wire } from "./wire.ts";

type Params = Stripe.Checkout.SessionCreateParams;

const NAMES = ["Checkout.Session", "PaymentIntent", "Charge", "Refund", "Subscription", "Invoice"];
const published = publishedTypes([...NAMES.map((name) => `Stripe.${name}`), "Stripe.Event"]);

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeAt(sandbox.url);
});
beforeEach(() => sandbox.control.reset());
afterAll(() => sandbox.stop());

/** The lines with a tax code, and with a tax behaviour where one is given. */
const coded = (params: Params, behavior?: "exclusive" | "inclusive"): Params => ({
  ...params,
  line_items: (params.line_items ?? []).map(({ price_data, ...line }) => ({
    ...line,
    ...(price_data && {
      price_data: {
        ...price_data,
        ...(behavior && { tax_behavior: behavior }),
        product_data: { name: "Thing", ...price_data.product_data, tax_code: "txcd_10000000" },
      },
    }),
  })),
});

const buy = async (params: Params) => sandbox.control.pay((await stripe.checkout.sessions.create(params)).id, "paid");
const on = { automatic_tax: { enabled: true } };
const tax = { percent: 9 };
const euros = { currency: "eur", rate: 0.932 };

test("an account that adds tax does so once the buyer pays; a request that says no is not taxed", async () => {
  await sandbox.control.account({ automaticTaxDefault: true, tax });
  const open = await stripe.checkout.sessions.create(purchase());
  expect(open).toMatchObject({
    amount_total: 900,
    automatic_tax: { enabled: true, status: "requires_location_inputs" },
  });
  const paid = await sandbox.control.pay(open.id, "paid");
  expect(paid).toMatchObject({
    amount_subtotal: 900,
    amount_total: 981,
    total_details: { amount_tax: 81 },
    automatic_tax: { status: "complete" },
  });
  const { charges } = await charged(paid);
  expect(charges).toEqual([981]);
  const off = await buy(purchase({ automatic_tax: { enabled: false } }));
  expect(off).toMatchObject({ amount_total: 900, automatic_tax: { enabled: false, status: null } });
});

test("included tax is a part of the price, in session, invoice and line", async () => {
  await sandbox.control.account({ tax });
  const paid = await buy(coded(plan(on), "inclusive"));
  expect(paid).toMatchObject({ amount_total: 119_700, total_details: { amount_tax: 1_627 + 8_257 } });
  const invoice = (await hold(
    sandbox,
    `/v1/invoices/${paid.invoice}`,
    published,
    "Stripe.Invoice",
  )) as unknown as Stripe.Invoice;
  expect(invoice).toMatchObject({
    subtotal: 119_700,
    total: 119_700,
    total_excluding_tax: 119_700 - 9_884,
    subtotal_excluding_tax: 119_700 - 9_884,
    total_taxes: [{ amount: 9_884, tax_behavior: "inclusive" }],
    automatic_tax: { enabled: true, status: "complete" },
  });
});

test("a taxed plan is renewed with tax, and Stripe Tax can't end under it", async () => {
  await sandbox.control.account({ tax });
  const { subscription } = await buy(plan(on));
  await sandbox.control.account({ tax: { percent: 10 } });
  const renewed = await sandbox.control.subscription(String(subscription), { action: "renew" });
  expect(await hold(sandbox, `/v1/invoices/${renewed.latest_invoice}`, published, "Stripe.Invoice")).toMatchObject({
    subtotal: 19_700,
    total: 21_670,
    total_excluding_tax: 19_700,
    amount_paid: 21_670,
  });
  await expect(sandbox.control.account({ tax: null })).rejects.toThrow("does not simulate the end of Stripe Tax");
});

test("without Stripe Tax, automatic tax is refused, and can't be the default", async () => {
  expect(await refusal(stripe.checkout.sessions.create(purchase(on)))).toMatchObject({
    statusCode: 400,
    code: "stripe_tax_inactive",
    param: "automatic_tax",
  });
  await expect(sandbox.control.account({ automaticTaxDefault: true })).rejects.toThrow("set `tax` too");
});

test("managed payments want a tax code on each line, and then Stripe sells with its own tax", async () => {
  await sandbox.control.account({ managedPaymentsDefault: true });
  expect(await refusal(stripe.checkout.sessions.create(purchase()))).toMatchObject({
    statusCode: 400,
    code: "parameter_missing",
    param: "line_items[0][price_data][product_data][tax_code]",
  });
  const sold = await buy(coded(purchase()));
  expect(sold).toMatchObject({ amount_total: 981, managed_payments: { enabled: true } });
  expect(await buy(purchase({ managed_payments: { enabled: false } }))).toMatchObject({ amount_total: 900 });
  const asked = { managed_payments: { enabled: true }, ...on };
  expect((await refusal(stripe.checkout.sessions.create(coded(purchase(asked))))).message).toContain("not simulate");
});

test("adaptive pricing is told beside the amounts, which stay in the currency of the price", async () => {
  await sandbox.control.account({ adaptivePricingDefault: euros });
  const paid = await buy(purchase());
  const details = { presentment_amount: 839, presentment_currency: "eur" };
  expect(paid).toMatchObject({ amount_total: 900, currency: "usd", presentment_details: details });
  const intent = await hold(sandbox, `/v1/payment_intents/${paid.payment_intent}`, published, "Stripe.PaymentIntent");
  expect(intent).toMatchObject({ amount: 900, presentment_details: details });
  expect(await hold(sandbox, `/v1/charges/${intent.latest_charge}`, published, "Stripe.Charge")).toMatchObject({
    presentment_details: details,
  });
  const refund = await sandbox.control.refund({ paymentIntent: String(paid.payment_intent), amount: 450 });
  expect(refund).toMatchObject({ amount: 450, presentment_details: { presentment_amount: 420 } });
  expect(await buy(purchase({ adaptive_pricing: { enabled: false } }))).not.toHaveProperty("presentment_details");
});

test.each<[string, AccountChange, Params]>([
  ["tax on top", { tax }, on],
  ["managed payments", { managedPaymentsDefault: true }, {}],
  ["adaptive pricing", { adaptivePricingDefault: euros }, {}],
  ["tax and adaptive pricing by default", { automaticTaxDefault: true, tax, adaptivePricingDefault: euros }, {}],
  ["classic billing", { billingMode: "classic" }, {}],
])("%s: every object and event is of its published type", async (_, account, asked) => {
  await sandbox.control.account(account);
  const pass = await buy(coded(purchase(asked)));
  await sandbox.control.refund({ paymentIntent: String(pass.payment_intent) });
  const { subscription } = await buy(coded(plan(asked)));
  await sandbox.control.subscription(String(subscription), { action: "renew" });
  await sandbox.control.subscription(String(subscription), { action: "cancel_now" });
  let held = 0;
  for (const [path, type] of [
    ["checkout/sessions", "Checkout.Session"],
    ["charges", "Charge"],
    ["refunds", "Refund"],
    ["invoices", "Invoice"],
    ["subscriptions", "Subscription"],
    ["events", "Event"],
  ]) {
    const { data } = (await wire(sandbox, `/v1/${path}?limit=100${path === "subscriptions" ? "&status=all" : ""}`)) as {
      data: unknown[];
    };
    for (const object of data) expect(published.mismatches(object, `Stripe.${type}`)).toEqual([]);
    held += data.length;
  }
  expect(held).toBeGreaterThan(20);
});

test("an endpoint of 2022 gets and lists the shapes of 2022; an object by its id is of the pinned version", async () => {
  await sandbox.control.account({ eventsApiVersion: "2022-08-01" });
  const { subscription, invoice } = await buy(plan());
  const { data } = await stripe.events.list({ limit: 100 });
  const bodies = (await sandbox.control.deliveries()).map(({ body }) => JSON.parse(body) as Stripe.Event);
  for (const events of [data, bodies]) {
    expect(new Set(events.map(({ api_version }) => api_version))).toEqual(new Set(["2022-08-01"]));
    expect(events.filter(({ type }) => type === "invoice_payment.paid")).toEqual([]);
    const told = (type: string) => events.find((event) => event.type === type)?.data.object as unknown as object;
    const paid = told("invoice.paid");
    expect(paid).toMatchObject({ id: invoice, subscription, paid: true, total: 119_700 });
    expect(paid).toMatchObject({
      payment_intent: expect.stringMatching(/^pi_/),
      lines: { data: [{ subscription }, { subscription }] },
    });
    expect(Object.keys(paid)).not.toContain("parent");
    const active = told("customer.subscription.updated");
    expect(active).toMatchObject({ current_period_start: expect.any(Number), current_period_end: expect.any(Number) });
    expect(JSON.stringify(Object(active).items)).not.toContain("current_period_end");
  }
  expect(published.mismatches(await wire(sandbox, `/v1/subscriptions/${subscription}`), "Stripe.Subscription")).toEqual(
    [],
  );
  expect(published.mismatches(await wire(sandbox, `/v1/invoices/${invoice}`), "Stripe.Invoice")).toEqual([]);
});

test("a type that the endpoint does not get is listed and not sent", async () => {
  await sandbox.control.account({ disabledEvents: ["invoice_payment.paid"] });
  await buy(plan());
  const sent = (await sandbox.control.deliveries()).map(({ type }) => type);
  const { data } = await stripe.events.list({ limit: 100 });
  expect([sent.includes("invoice_payment.paid"), sent.includes("invoice.paid")]).toEqual([false, true]);
  expect(data.find(({ type }) => type === "invoice_payment.paid")?.pending_webhooks).toBe(0);
});

test("a key without a right gets a 403; without the right to read it can't write either", async () => {
  await sandbox.control.account({ missingRights: ["checkout_sessions_write", "invoices_read"] });
  expect(await refusal(stripe.checkout.sessions.create(purchase()))).toMatchObject({
    statusCode: 403,
    type: "StripePermissionError",
    code: "more_permissions_required",
  });
  expect((await stripe.checkout.sessions.list()).data).toEqual([]);
  expect((await refusal(stripe.invoices.list())).statusCode).toBe(403);
  await sandbox.control.account({ missingRights: ["subscriptions_read"] });
  expect((await refusal(stripe.subscriptions.cancel("sub_1"))).statusCode).toBe(403);
  await expect(sandbox.control.account({ missingRights: ["money_write"] })).rejects.toThrow("There is no right");
});

test("a parameter that the account's Stripe does not know is refused by its name", async () => {
  await sandbox.control.account({ unknownParameters: ["managed_payments"] });
  const asked = purchase({ managed_payments: { enabled: false } });
  expect(await refusal(stripe.checkout.sessions.create(asked))).toMatchObject({
    statusCode: 400,
    code: "parameter_unknown",
    param: "managed_payments",
  });
});

async function charged({ payment_intent }: Stripe.Checkout.Session) {
  const { data } = await stripe.charges.list({ payment_intent: String(payment_intent) });
  return { charges: data.map(({ amount }) => amount) };
}
