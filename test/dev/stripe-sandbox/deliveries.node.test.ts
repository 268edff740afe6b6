import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { signBody } from "../../../src/dev/stripe-sandbox/client.ts";
import { seconds } from "../../../src/dev/stripe-sandbox/clock.ts";
import { NOW } from "../../support/now.ts";
import { until } from "../../support/until.ts";
import { startReceiver } from "./receiver.ts";
import { LIVE_KEY, LIVE_WEBHOOK_SECRET, SECRET_KEY, startSandbox, WEBHOOK_SECRET } from "./start.ts";
import { purchase, stripeAt } from "./stripe.ts";

const COMPLETED = "checkout.session.completed";
const SUCCEEDED = "payment_intent.succeeded";

let receiver: Awaited<ReturnType<typeof startReceiver>>;
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stripe: Stripe;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.stop());

async function start(delivery: "manual" | "push") {
  sandbox = await startSandbox({ delivery, webhookUrl: receiver.url });
  stripe = stripeAt(sandbox.url);
}

async function paidSession(): Promise<Stripe.Checkout.Session> {
  const session = await stripe.checkout.sessions.create(purchase());
  return sandbox.control.pay(session.id, "paid");
}

describe("when deliveries are manual", () => {
  beforeAll(() => start("manual"));
  afterAll(() => sandbox.stop());
  beforeEach(async () => {
    receiver.forget();
    await sandbox.control.reset();
  });

  const states = async () =>
    (await sandbox.control.deliveries()).map(({ type, state, attempts }) => ({ type, state, attempts }));

  test("nothing is sent by itself, and each delivery can be posted by hand with its fresh signature", async () => {
    const session = await paidSession();
    await sandbox.control.tick();
    expect(receiver.events).toEqual([]);
    const pending = await sandbox.control.deliveries({ pending: true });
    expect(pending.map(({ type }) => type)).toEqual([SUCCEEDED, COMPLETED]);
    const { body, signature, eventId } = pending[1] ?? { body: "", signature: "", eventId: "" };
    const event = await stripe.webhooks.constructEventAsync(body, signature, WEBHOOK_SECRET);
    expect(event).toMatchObject({
      id: eventId,
      type: COMPLETED,
      api_version: "2026-10-28.endive",
      livemode: false,
      data: {
        object: { id: session.id, status: "complete", payment_status: "paid", payment_intent: session.payment_intent },
      },
    });
    await expect(stripe.webhooks.constructEventAsync(`${body} `, signature, WEBHOOK_SECRET)).rejects.toThrow(
      "signature",
    );
    expect(await stripe.events.retrieve(eventId)).toMatchObject({ id: eventId, pending_webhooks: 1 });
  });

  test("one can be sent alone, again, and the rest in order", async () => {
    await paidSession();
    const [first, second] = await sandbox.control.deliveries();
    await sandbox.control.send(second?.id ?? "");
    await sandbox.control.send(second?.id ?? "");
    expect(await sandbox.control.sendAll()).toEqual({ attempts: 1 });
    expect(receiver.events.map(({ id }) => id)).toEqual([second?.eventId, second?.eventId, first?.eventId]);
    expect(await sandbox.control.deliveries({ pending: true })).toEqual([]);
    expect(await stripe.events.retrieve(first?.eventId ?? "")).toMatchObject({ pending_webhooks: 0 });
  });

  test("a delivery is dropped, repeated, put behind, never reached or answered in vain as asked", async () => {
    await sandbox.control.fault({ target: "delivery", kind: "reorder", type: SUCCEEDED });
    await sandbox.control.fault({ target: "delivery", kind: "repeat", type: COMPLETED, copies: 3 });
    await paidSession();
    await sandbox.control.sendAll();
    expect(receiver.types()).toEqual([COMPLETED, COMPLETED, COMPLETED, SUCCEEDED]);

    receiver.forget();
    await sandbox.control.reset();
    await sandbox.control.fault({ target: "delivery", kind: "drop", type: SUCCEEDED });
    await sandbox.control.fault({ target: "delivery", kind: "answer_lost", type: COMPLETED });
    await paidSession();
    await sandbox.control.sendAll();
    await sandbox.control.sendAll();
    expect(receiver.types()).toEqual([COMPLETED, COMPLETED]);
    expect(await states()).toEqual([
      { type: SUCCEEDED, state: "dropped", attempts: 1 },
      { type: COMPLETED, state: "delivered", attempts: 2 },
    ]);

    receiver.forget();
    await sandbox.control.reset();
    await sandbox.control.fault({ target: "delivery", kind: "unreachable", times: 2 });
    await paidSession();
    await sandbox.control.sendAll();
    expect(receiver.events).toEqual([]);
    await sandbox.control.sendAll();
    expect(receiver.types()).toEqual([SUCCEEDED, COMPLETED]);
  });

  test("an event that is never generated is in no list, and its session is paid", async () => {
    await sandbox.control.fault({ target: "event", kind: "never_generated", times: 2 });
    const session = await paidSession();
    expect(session.payment_status).toBe("paid");
    expect((await stripe.events.list()).data).toEqual([]);
    expect(await sandbox.control.deliveries()).toEqual([]);
  });

  test("the event list filters by type and time, pages, and forgets after 30 days", async () => {
    await paidSession();
    await sandbox.control.advanceClock(3600);
    const late = await paidSession();
    const types = async (params: Stripe.EventListParams) =>
      (await stripe.events.list(params)).data.map(({ type }) => type);
    expect(await types({})).toEqual([COMPLETED, SUCCEEDED, COMPLETED, SUCCEEDED]);
    expect(await types({ type: COMPLETED })).toEqual([COMPLETED, COMPLETED]);
    expect(await types({ types: [SUCCEEDED, "charge.refunded"] })).toEqual([SUCCEEDED, SUCCEEDED]);
    expect(await types({ created: { gte: late.created } })).toEqual([COMPLETED, SUCCEEDED]);
    const all: string[] = [];
    for await (const event of stripe.events.list({ limit: 1 })) all.push(event.id);
    expect(new Set(all).size).toBe(4);
    await sandbox.control.advanceClock(30 * 24 * 3600 - 1800);
    expect(await types({})).toEqual([COMPLETED, SUCCEEDED]);
    await expect(stripe.events.retrieve(all.at(-1) ?? "")).rejects.toThrow("No such event");
    await stripe.events.retrieve(all[0] ?? "");
  });

  test("any event can be injected, and one id can come with two payloads", async () => {
    const refunded = { id: "ch_1", object: "charge", refunded: true };
    const told = await sandbox.control.event({
      type: "charge.refunded",
      object: refunded,
      livemode: true,
      account: "acct_1",
    });
    const twin = { ...refunded, refunded: false };
    await sandbox.control.event({
      type: "charge.refunded",
      object: twin,
      id: told.id,
      apiVersion: "2020-08-27",
      listed: false,
    });
    await sandbox.control.sendAll();
    expect(receiver.events).toMatchObject([
      { id: told.id, livemode: true, account: "acct_1", data: { object: refunded } },
      { id: told.id, livemode: false, api_version: "2020-08-27", data: { object: twin } },
    ]);
    expect((await stripe.events.list()).data).toEqual([]);
    expect((await stripeAt(sandbox.url, LIVE_KEY).events.list()).data).toMatchObject([
      { id: told.id, data: { object: refunded } },
    ]);
  });

  test("the receiver refuses a signature that is old, foreign or for other bytes", async () => {
    const body = JSON.stringify({ id: "evt_1", object: "event" });
    const now = seconds(NOW);
    const accepts = async (text: string, header: string) => {
      const check = stripe.webhooks.constructEventAsync(text, header, WEBHOOK_SECRET, 300, undefined, NOW);
      return check.then(
        () => true,
        () => false,
      );
    };
    expect(await accepts(body, await signBody(body, WEBHOOK_SECRET, now))).toBe(true);
    expect(await accepts(body, await signBody(body, `whsec_old,${WEBHOOK_SECRET}`, now))).toBe(true);
    expect(await accepts(body, await signBody(body, WEBHOOK_SECRET, now - 400))).toBe(false);
    expect(await accepts(body, await signBody(body, "whsec_other", now))).toBe(false);
    expect(await accepts(`${body}\n`, await signBody(body, WEBHOOK_SECRET, now))).toBe(false);
  });
});

describe("when deliveries are pushed", () => {
  beforeAll(() => start("push"));
  afterAll(() => sandbox.stop());
  beforeEach(async () => {
    receiver.forget();
    await sandbox.control.reset();
  });

  test("events arrive after the response, once each", async () => {
    await paidSession();
    await until(() => receiver.events.length === 2);
    await sandbox.control.tick();
    await sandbox.control.tick();
    expect(receiver.types()).toEqual([SUCCEEDED, COMPLETED]);
  });

  test("a failing endpoint is tried ten times, ever later, and then no more", async () => {
    await sandbox.control.fault({ target: "event", kind: "never_generated", type: SUCCEEDED });
    receiver.answerWith(500);
    await paidSession();
    await until(async () => (await sandbox.control.deliveries())[0]?.lastStatus === 500);
    for (let attempt = 2; attempt <= 10; attempt++) {
      await sandbox.control.tick();
      expect(receiver.events.length, "not before its time").toBe(attempt - 1);
      await sandbox.control.advanceClock(2 ** (attempt - 2));
      await until(async () => (await sandbox.control.deliveries())[0]?.attempts === attempt);
      await until(async () => (await sandbox.control.deliveries())[0]?.state !== "sending");
    }
    expect(receiver.events).toHaveLength(10);
    expect(new Set(receiver.events.map(({ id }) => id)).size).toBe(1);
    await sandbox.control.advanceClock(24 * 3600);
    await sandbox.control.tick();
    expect(receiver.events).toHaveLength(10);
    expect(await sandbox.control.deliveries()).toMatchObject([{ state: "failed", attempts: 10, lastStatus: 500 }]);
  });

  test("an endpoint that recovers gets the event", async () => {
    receiver.answerWith(503);
    await paidSession();
    await until(async () => (await sandbox.control.deliveries()).every(({ lastStatus }) => lastStatus === 503));
    receiver.forget();
    await sandbox.control.advanceClock(1);
    await until(async () => (await sandbox.control.deliveries()).every(({ state }) => state === "delivered"));
    expect(receiver.types().sort()).toEqual([COMPLETED, SUCCEEDED]);
  });
});

test("each mode signs with its own secret, and two of them sign twice", async () => {
  const both = await startSandbox({ liveSecret: `whsec_next,${LIVE_WEBHOOK_SECRET}` });
  const accepts = async ({ body, signature }: { body: string; signature: string }, secret: string) =>
    stripe.webhooks.constructEventAsync(body, signature, secret, 300, undefined, NOW).then(
      () => true,
      () => false,
    );
  for (const [key, own, other] of [
    [SECRET_KEY, WEBHOOK_SECRET, LIVE_WEBHOOK_SECRET],
    [LIVE_KEY, LIVE_WEBHOOK_SECRET, WEBHOOK_SECRET],
  ] as const) {
    await both.control.reset();
    const session = await stripeAt(both.url, key).checkout.sessions.create(purchase());
    await both.control.pay(session.id, "paid");
    for (const delivery of await both.control.deliveries())
      expect([await accepts(delivery, own), await accepts(delivery, other)]).toEqual([true, false]);
  }
  await both.stop();
});
