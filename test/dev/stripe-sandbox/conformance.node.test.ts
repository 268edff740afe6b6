import Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findRoute } from "../../../src/dev/stripe-sandbox/route.ts";
import { routes } from "../../../src/dev/stripe-sandbox/routes.ts";
import { PUBLISHED_CALLS, type PublishedCall } from "./published-calls.ts";
import { publishedTypes } from "./published-types.ts";
import { SECRET_KEY, startSandbox } from "./start.ts";
import { plan, purchase, stripeAt } from "./stripe.ts";

const CALLS = Object.entries(PUBLISHED_CALLS);

/** The lists, without that of the events: those are held against their types one by one. */
const LISTS = CALLS.filter(([call]) => /^GET [^:]*$/.test(call) && call !== "GET /v1/events");

/** The types that the product handles; each of them is brought about and held against its published shape. */
const HANDLED = [
  "checkout.session.completed",
  "checkout.session.async_payment_succeeded",
  "checkout.session.async_payment_failed",
  "checkout.session.expired",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.resumed",
  "invoice.paid",
  "invoice.payment_failed",
  "invoice.payment_action_required",
  "invoice_payment.paid",
  "charge.refunded",
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
] as const satisfies Stripe.Event.Type[];

const published = publishedTypes([
  ...new Set(CALLS.flatMap(([, { answer, parameters }]) => [answer, parameters])),
  ...["PaymentIntent", "Charge", "Refund", "Dispute", "Subscription", "Invoice"].map((name) => `Stripe.${name}`),
]);

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeAt(sandbox.url);
});
beforeEach(() => sandbox.control.reset());
afterAll(() => sandbox.stop());

/** The JSON of a call as it goes over the wire. */
async function wire(method: string, path: string, form = ""): Promise<{ status: number; body: unknown }> {
  const query = method === "POST" || form === "" ? "" : `?${form}`;
  const response = await sandbox.fetcher(`${path}${query}`, {
    method,
    headers: { authorization: `Bearer ${SECRET_KEY}`, "content-type": "application/x-www-form-urlencoded" },
    ...(method === "POST" ? { body: form } : {}),
  });
  return { status: response.status, body: await response.json() };
}

/** Everything that can become of purchases and plans. Stands still at many points, so that each state is looked at. */
async function live(look: () => Promise<void>): Promise<void> {
  const { control } = sandbox;
  const open = async (params: Stripe.Checkout.SessionCreateParams) =>
    (await stripe.checkout.sessions.create(params)).id;
  const buy = async () => String((await control.pay(await open(purchase()), "paid")).payment_intent);

  await control.expire(await open(purchase()));
  await control.pay(await open(purchase()), "failed");
  for (const outcome of ["succeeded", "failed"] as const) {
    for (const params of [purchase({ customer_creation: "always" }), plan()]) {
      const id = await open(params);
      await control.pay(id, "delayed");
      await look();
      await control.settle(id, outcome);
    }
  }
  await control.refund({ paymentIntent: await buy(), amount: 100 });
  const pending = await control.refund({ paymentIntent: await buy(), status: "pending" });
  await look();
  await control.settleRefund(pending.id, "failed");
  for (const end of ["won", "lost", "warning_closed"] as const) {
    const status = end === "warning_closed" ? "warning_needs_response" : "needs_response";
    const dispute = await control.dispute({ paymentIntent: await buy(), status });
    await control.moveDispute(dispute.id, end === "warning_closed" ? "warning_under_review" : "under_review");
    await look();
    await control.moveDispute(dispute.id, end);
  }
  const { subscription, customer } = await control.pay(await open(plan()), "paid");
  const id = String(subscription);
  for (const action of [
    "renew",
    "require_action",
    "fail_payment",
    "pay",
    "pause",
    "resume",
    "pause_collection",
    "renew",
    "resume",
    "cancel_at_period_end",
    "cancel_now",
  ] as const) {
    await control.subscription(id, { action });
    await look();
  }
  await stripe.billingPortal.sessions.create({ customer: String(customer) });
}

test("every call of the sandbox is one that the package makes, and is sent the way the sandbox reads it", async () => {
  expect(routes.map(({ name }) => name).sort()).toEqual(Object.keys(PUBLISHED_CALLS).sort());
  for (const [name, { send, sent }] of CALLS) {
    const { method, path, form } = await sentBy(send);
    expect(findRoute(routes, method, path)?.route.name, name).toBe(name);
    expect(Object.fromEntries(new URLSearchParams(form)), name).toMatchObject(sent);
  }
});

describe("parameters", () => {
  test("each call knows exactly the parameters that the package declares for it", () => {
    for (const { name, parameters } of routes) {
      const declared = published.membersOf(PUBLISHED_CALLS[name]?.parameters ?? "");
      expect(Object.keys(parameters).sort(), name).toEqual(declared);
    }
  });

  test("each of them is accepted or refused by its name; an unknown one is refused as unknown", async () => {
    let tried = 0;
    for (const [name, { parameters }] of CALLS) {
      const [method = "", path = ""] = name.replace(":id", "nothing").split(" ");
      for (const parameter of published.membersOf(parameters)) {
        const { body } = await wire(method, path, `${parameter}=x`);
        expect(errorOf(body)?.code, `${name} ${parameter}`).not.toBe("parameter_unknown");
        tried++;
      }
      const { status, body } = await wire(method, path, "colour=red");
      expect([status, errorOf(body)], name).toMatchObject([400, { code: "parameter_unknown", param: "colour" }]);
    }
    console.log(`${tried} parameters of ${CALLS.length} calls tried`);
  });

  test("what is not simulated says so", async () => {
    const { body } = await wire("POST", "/v1/refunds", "reverse_transfer=true&payment_intent=pi_1");
    expect(errorOf(body)).toMatchObject({ param: "reverse_transfer" });
    expect(errorOf(body)?.message).toContain("does not simulate");
  });
});

describe("answers", () => {
  test("every object, in every state of its life, is of its published type", async () => {
    let held = 0;
    await live(async () => {
      for (const [name, { answer }] of LISTS) {
        const [, path = ""] = name.split(" ");
        const { body } = await wire("GET", path, name.includes("subscriptions") ? "limit=100&status=all" : "limit=100");
        expect(published.mismatches(body, answer), name).toEqual([]);
        held += listOf(body).length;
        for (const { id } of listOf(body).slice(0, 2)) held += await holdOne(`${path}/${id}`);
      }
    });
    console.log(`${held} objects held against their published types`);
  });

  test("expanded answers and the answers of every write are of their published types", async () => {
    const held: string[] = [];
    const hold = async (name: string, id: string, form = "") => {
      const [method = "", path = ""] = name.replace(":id", id).split(" ");
      const { status, body } = await wire(method, path, form);
      expect([status, published.mismatches(body, PUBLISHED_CALLS[name]?.answer ?? "")], name).toEqual([200, []]);
      held.push(name);
      return body as { id: string };
    };
    const { id } = await stripe.checkout.sessions.create(plan());
    const paid = await sandbox.control.pay(id, "paid");
    const subscription = String(paid.subscription);
    await hold("GET /v1/subscriptions/:id", subscription, "expand[]=latest_invoice");
    await hold("POST /v1/subscriptions/:id", subscription, "cancel_at_period_end=true");
    await hold("POST /v1/subscriptions/:id/pause", subscription);
    await hold("POST /v1/subscriptions/:id/resume", subscription);
    await hold("DELETE /v1/subscriptions/:id", subscription);
    await hold("POST /v1/billing_portal/sessions", "", `customer=${paid.customer}`);
    await hold("GET /v1/checkout/sessions/:id", id, "expand[]=line_items");
    await hold("GET /v1/checkout/sessions/:id/line_items", id);
    const form = `mode=payment&success_url=https://shop.test/&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=50&line_items[0][price_data][product_data][name]=x`;
    await hold("POST /v1/checkout/sessions/:id/expire", (await hold("POST /v1/checkout/sessions", "", form)).id);
    const bought = await sandbox.control.pay((await stripe.checkout.sessions.create(purchase())).id, "paid");
    await hold("GET /v1/payment_intents/:id", String(bought.payment_intent), "expand[]=latest_charge");
    await hold("POST /v1/refunds", "", `payment_intent=${bought.payment_intent}`);
    const writes = CALLS.map(([name]) => name).filter((name) => !name.startsWith("GET"));
    expect(writes.filter((name) => !held.includes(name))).toEqual([]);
  });

  test("every event that the product handles comes about, of its published type and API version", async () => {
    await live(async () => {});
    const { body } = await wire("GET", "/v1/events", "limit=100");
    expect(published.mismatches(body, "Stripe.ApiList<Stripe.Event>")).toEqual([]);
    const events = listOf(body);
    const all: unknown[] = [...events];
    for (let page = events; page.length === 100; ) {
      page = listOf((await wire("GET", "/v1/events", `limit=100&starting_after=${page.at(-1)?.id}`)).body);
      all.push(...page);
    }
    for (const event of all) expect(published.mismatches(event, "Stripe.Event")).toEqual([]);
    const types = new Set(all.map((event) => (event as Stripe.Event).type));
    expect(HANDLED.filter((type) => !types.has(type))).toEqual([]);
    expect(new Set(all.map((event) => (event as Stripe.Event).api_version))).toEqual(new Set([Stripe.API_VERSION]));
    console.log(`${all.length} events of ${types.size} types held against their published types`);
  });

  test("the comparison itself notices what is missing, of another kind, misspelt or made up", async () => {
    const refund = { ...(await aRefund()), amount: "9", status: null, reason: "whim", colour: "red" };
    const { currency: _, ...less } = refund;
    expect(published.mismatches(less, "Stripe.Refund")).toEqual([
      'Stripe.Refund.amount should be a number and is "9"',
      "Stripe.Refund.currency is missing",
      'Stripe.Refund.reason should be one of the published words and is "whim"',
      "Stripe.Refund.colour is not published",
    ]);
  });
});

async function aRefund(): Promise<Stripe.Refund> {
  const { id } = await stripe.checkout.sessions.create(purchase());
  const { payment_intent } = await sandbox.control.pay(id, "paid");
  return sandbox.control.refund({ paymentIntent: String(payment_intent) });
}

async function holdOne(path: string): Promise<number> {
  const found = findRoute(routes, "GET", path);
  if (found === null) return 0;
  const { body } = await wire("GET", path);
  expect(published.mismatches(body, PUBLISHED_CALLS[found.route.name]?.answer ?? ""), path).toEqual([]);
  return 1;
}

/** What the package puts on the wire for a call. */
async function sentBy(send: PublishedCall["send"]): Promise<{ method: string; path: string; form: string }> {
  const sent: { method: string; path: string; form: string }[] = [];
  const httpClient = Stripe.createFetchHttpClient(async (input: string | URL | Request, init?: RequestInit) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const body = typeof init?.body === "string" ? init.body : "";
    sent.push({ method: init?.method ?? "GET", path: url.pathname, form: body || url.search.slice(1) });
    return Response.json({ id: "x", object: "list", data: [], has_more: false });
  });
  await send(new Stripe(SECRET_KEY, { httpClient, maxNetworkRetries: 0, telemetry: false }), "an_id");
  const [first] = sent;
  if (first === undefined) throw new Error("Nothing was sent.");
  return first;
}

/** Lists of the API, and their items. */
function listOf(body: unknown): { id: string }[] {
  return (body as { data: { id: string }[] }).data;
}

function errorOf(body: unknown): { code?: string; param?: string; message: string } | undefined {
  return (body as { error?: { code?: string; param?: string; message: string } }).error;
}
