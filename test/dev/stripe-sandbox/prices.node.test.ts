import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { chargeLimits } from "../../../src/dev/seeds/stripe-limits.ts";
import { LEAST } from "../../../src/dev/stripe-sandbox/charge-limits.ts";
import { publishedTypes } from "./published-types.ts";
import { startSandbox } from "./start.ts";
import { plan, purchase, refusal, stripeAt } from "./stripe.ts";
import { hold } from "./wire.ts";

const published = publishedTypes(["Stripe.Price", "Stripe.ApiList<Stripe.InvoiceLineItem>"]);

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeAt(sandbox.url);
});
beforeEach(() => sandbox.control.reset());
afterAll(() => sandbox.stop());

const buy = async (params: Stripe.Checkout.SessionCreateParams) =>
  sandbox.control.pay((await stripe.checkout.sessions.create(params)).id, "paid");

test("sums outside of Stripe's limits, and currencies and digits that it does not charge, are refused", async () => {
  const cost = (unit_amount: number, currency = "usd") =>
    purchase({ line_items: [{ quantity: 1, price_data: { currency, unit_amount, product_data: { name: "x" } } }] });
  const refused = async (...of: Parameters<typeof cost>) => refusal(stripe.checkout.sessions.create(cost(...of)));
  expect(await refused(30)).toMatchObject({ statusCode: 400, code: "amount_too_small" });
  expect(await refused(100_000_000)).toMatchObject({ statusCode: 400, code: "amount_too_large" });
  expect(await refused(900, "zzz")).toMatchObject({ param: "line_items[0][price_data][currency]" });
  expect(await refused(9_001, "kwd")).toMatchObject({ param: "line_items[0][price_data][unit_amount]" });
  for (const [currency, least] of Object.entries(LEAST)) {
    expect(await refused(least - 1, currency), currency).toMatchObject({ code: "amount_too_small" });
    expect((await stripe.checkout.sessions.create(cost(least, currency))).amount_total).toBe(least);
    expect(chargeLimits(currency).least, currency).toBe(least);
  }
});

test("a price of the catalog is read, sold by its id, and refused where it is inactive, unknown or not simple", async () => {
  const { control } = sandbox;
  const simple = await control.createPrice({
    currency: "usd",
    unit_amount: 900,
    name: "Lamp",
    tax_behavior: "inclusive",
  });
  expect(await hold(sandbox, `/v1/prices/${simple.id}`, published, "Stripe.Price")).toMatchObject({
    unit_amount: 900,
    active: true,
  });
  const named = (price: string) => purchase({ line_items: [{ price, quantity: 1 }] });
  const session = await stripe.checkout.sessions.create({ ...named(simple.id), expand: ["line_items"] });
  expect(session.line_items?.data[0]).toMatchObject({
    description: "Lamp",
    amount_total: 900,
    price: { id: simple.id },
  });
  const inactive = await control.createPrice({ currency: "usd", unit_amount: 900, active: false });
  const several = await control.createPrice({
    currency: "usd",
    unit_amount: 900,
    currency_options: { eur: { unit_amount: 800 } },
  });
  const tiered = await control.createPrice({
    currency: "usd",
    billing_scheme: "tiered",
    tiers_mode: "volume",
    tiers: [{ unit_amount: 900, up_to: null }],
  });
  const custom = await control.createPrice({ currency: "usd", custom_unit_amount: { minimum: 100 } });
  for (const { id } of [inactive, several, tiered, custom]) {
    await hold(sandbox, `/v1/prices/${id}?expand[]=currency_options&expand[]=tiers`, published, "Stripe.Price");
    const { param } = await refusal(stripe.checkout.sessions.create(named(id)));
    expect(param).toBe("line_items[0][price]");
  }
  const plain = await stripe.prices.retrieve(several.id);
  const whole = await stripe.prices.retrieve(several.id, { expand: ["currency_options"] });
  expect([plain.currency_options, Object.keys(whole.currency_options ?? {})]).toEqual([undefined, ["usd", "eur"]]);
  expect((await refusal(stripe.checkout.sessions.create(named("price_none")))).code).toBe("resource_missing");
  await expect(control.createPrice({ currency: "usd" })).rejects.toThrow("unit_amount");
});

test("an invoice embeds ten lines and lists them all by pages, the plan's line last", async () => {
  const { subscription } = await buy(plan());
  await sandbox.control.subscription(String(subscription), { action: "add_items", count: 12, amount: 100 });
  const { latest_invoice } = await sandbox.control.subscription(String(subscription), { action: "renew" });
  const invoice = await stripe.invoices.retrieve(String(latest_invoice));
  expect([invoice.lines.data.length, invoice.lines.has_more, invoice.total]).toEqual([10, true, 19_700 + 1_200]);
  await hold(
    sandbox,
    `/v1/invoices/${latest_invoice}/lines?limit=100`,
    published,
    "Stripe.ApiList<Stripe.InvoiceLineItem>",
  );
  const all: (string | undefined)[] = [];
  for await (const line of stripe.invoices.listLineItems(String(latest_invoice), { limit: 5 })) {
    all.push(line.parent?.type);
  }
  expect([all.length, all.at(-1), all.slice(0, 12).includes("subscription_item_details")]).toEqual([
    13,
    "subscription_item_details",
    false,
  ]);
  const told = (await stripe.events.list({ type: "invoice.paid", limit: 1 })).data[0]?.data.object as Stripe.Invoice;
  expect(told.lines.data).toHaveLength(10);
});

test("a yearly plan is renewed after a year", async () => {
  const [recurring] = plan().line_items ?? [];
  const yearly = plan({
    line_items: [
      {
        ...recurring,
        price_data: {
          currency: "usd",
          unit_amount: 97_000,
          recurring: { interval: "year" },
          product_data: { name: "Year" },
        },
      },
    ],
  });
  const { subscription } = await buy(yearly);
  await sandbox.control.advanceClock(364 * 86_400);
  const invoices = async () => (await stripe.invoices.list({ subscription: String(subscription) })).data.length;
  expect(await invoices()).toBe(1);
  await sandbox.control.advanceClock(3 * 86_400);
  expect(await invoices()).toBe(2);
});

test("a fault answers any status with the chosen type, code, parameter and message, on any call", async () => {
  for (const status of [400, 401, 402, 403, 404, 409, 424, 429, 500, 502, 503, 599]) {
    await sandbox.control.fault({
      target: "api",
      path: "GET /v1/subscriptions/:id",
      kind: "status",
      status,
      type: "invalid_request_error",
      code: "chosen",
      param: "a[b]",
      message: "Words of Stripe's",
    });
    const error = await refusal(stripe.subscriptions.retrieve("sub_1"));
    expect(error).toMatchObject({ statusCode: status, code: "chosen", param: "a[b]", message: "Words of Stripe's" });
    expect(error.requestId).toMatch(/^req_/);
  }
});
