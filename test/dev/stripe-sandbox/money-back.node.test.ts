import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startSandbox } from "./start.ts";
import { plan, purchase, refusal, stripeAt } from "./stripe.ts";
import { listener, ofType } from "./told.ts";

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stripe: Stripe;
let told: ReturnType<typeof listener>;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeAt(sandbox.url);
});
beforeEach(async () => {
  await sandbox.control.reset();
  told = listener(stripe);
});
afterAll(() => sandbox.stop());

/** A purchase of 9.00 USD that was paid; its payment intent. */
async function purchased(): Promise<string> {
  const { id } = await stripe.checkout.sessions.create(purchase());
  const { payment_intent } = await sandbox.control.pay(id, "paid", "buyer@example.com");
  await told.types();
  return String(payment_intent);
}

const chargeOf = async (intent: string): Promise<Stripe.Charge> => {
  const { latest_charge } = await stripe.paymentIntents.retrieve(intent);
  return stripe.charges.retrieve(String(latest_charge));
};

test("a payment has a charge, with the metadata that the session gave its payment intent", async () => {
  const intent = await purchased();
  const charge = await chargeOf(intent);
  expect(charge).toMatchObject({
    amount: 900,
    amount_captured: 900,
    paid: true,
    refunded: false,
    disputed: false,
    payment_intent: intent,
    metadata: { intent: "checkout-intent-1" },
    billing_details: { email: "buyer@example.com" },
  });
  expect((await stripe.charges.list({ payment_intent: intent })).data).toEqual([charge]);
});

test("a declined try has a charge that failed, delayed money one that waits", async () => {
  const session = await stripe.checkout.sessions.create(purchase());
  const { payment_intent } = await sandbox.control.pay(session.id, "failed");
  const intent = String(payment_intent);
  expect(await chargeOf(intent)).toMatchObject({ status: "failed", failure_code: "card_declined", paid: false });
  expect((await refusal(stripe.refunds.create({ payment_intent: intent }))).statusCode).toBe(400);
  await sandbox.control.pay(session.id, "delayed");
  const waiting = await chargeOf(intent);
  expect(waiting).toMatchObject({ status: "pending", paid: false });
  await sandbox.control.settle(session.id, "succeeded");
  expect(await chargeOf(intent)).toMatchObject({ id: waiting.id, status: "succeeded", paid: true });
  expect((await stripe.charges.list({ payment_intent: intent })).data).toHaveLength(2);
});

test("a part, then the rest: the charge is refunded when all is, and no more can be given back", async () => {
  const payment_intent = await purchased();
  const part = await stripe.refunds.create({ payment_intent, amount: 300, metadata: { why: "late" } });
  expect(part).toMatchObject({ amount: 300, status: "succeeded", metadata: { why: "late" } });
  const events = await told.events();
  expect(events.map(({ type }) => type)).toEqual(["refund.created", "charge.refunded"]);
  expect(ofType(events, "charge.refunded").data).toMatchObject({
    object: { amount_refunded: 300, refunded: false },
    previous_attributes: { amount_refunded: 0 },
  });
  const { id: charge } = await chargeOf(payment_intent);
  const tooMuch = await refusal(stripe.refunds.create({ charge, amount: 601 }));
  expect(tooMuch).toMatchObject({ param: "amount", statusCode: 400 });
  const rest = await stripe.refunds.create({ charge });
  expect(rest.amount).toBe(600);
  expect(await chargeOf(payment_intent)).toMatchObject({ amount_refunded: 900, refunded: true });
  expect((await refusal(stripe.refunds.create({ charge }))).code).toBe("charge_already_refunded");
  const listed = await stripe.refunds.list({ payment_intent });
  expect(listed.data.map(({ id }) => id)).toEqual([rest.id, part.id]);
  expect(await stripe.refunds.retrieve(part.id)).toEqual(part);
});

test("many refunds of all of it at once: one is made", async () => {
  const payment_intent = await purchased();
  const calls = Array.from({ length: 10 }, () => stripe.refunds.create({ payment_intent, amount: 900 }));
  const answers = await Promise.allSettled(calls);
  expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(await chargeOf(payment_intent)).toMatchObject({ amount_refunded: 900 });
});

test("a pending refund arrives or comes back, and one that came back leaves the charge paid", async () => {
  const paymentIntent = await purchased();
  const first = await sandbox.control.refund({ paymentIntent, amount: 400, status: "pending" });
  expect(first).toMatchObject({ status: "pending", pending_reason: "processing" });
  await sandbox.control.settleRefund(first.id, "succeeded");
  expect(await told.types()).toEqual(["refund.created", "charge.refunded", "refund.updated"]);

  const second = await sandbox.control.refund({ paymentIntent });
  expect(await chargeOf(paymentIntent)).toMatchObject({ refunded: true });
  const failed = await sandbox.control.settleRefund(second.id, "failed");
  expect(failed).toMatchObject({ status: "failed", failure_reason: "expired_or_canceled_card" });
  const types = await told.types();
  expect(types.slice(-2)).toEqual(["refund.updated", "refund.failed"]);
  expect(await chargeOf(paymentIntent)).toMatchObject({ refunded: false, amount_refunded: 400 });
  await expect(sandbox.control.settleRefund(second.id, "succeeded")).rejects.toThrow("failed");
});

test("a dispute is opened, answered, and won or lost; a closed one stays closed", async () => {
  for (const end of ["won", "lost"] as const) {
    await sandbox.control.reset();
    const paymentIntent = await purchased();
    const dispute = await sandbox.control.dispute({ paymentIntent, reason: "product_not_received" });
    expect(dispute).toMatchObject({ amount: 900, status: "needs_response", payment_intent: paymentIntent });
    expect(await chargeOf(paymentIntent)).toMatchObject({ disputed: true });
    const refund = await refusal(stripe.refunds.create({ payment_intent: paymentIntent }));
    expect(refund.code).toBe("charge_disputed");
    await sandbox.control.moveDispute(dispute.id, "under_review");
    await sandbox.control.moveDispute(dispute.id, end);
    const events = await told.events();
    expect(events.map(({ type }) => type)).toEqual([
      "charge.dispute.created",
      "charge.dispute.updated",
      "charge.dispute.closed",
    ]);
    expect(ofType(events, "charge.dispute.closed").data.object).toMatchObject({ id: dispute.id, status: end });
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({ status: end });
    await expect(sandbox.control.moveDispute(dispute.id, "under_review")).rejects.toThrow("closed");
  }
});

test("a warning takes no money: the charge is not disputed, and can be refunded, until it grows into a dispute", async () => {
  const paymentIntent = await purchased();
  const warning = await sandbox.control.dispute({ paymentIntent, status: "warning_needs_response" });
  expect(warning).toMatchObject({ is_charge_refundable: true });
  expect(await chargeOf(paymentIntent)).toMatchObject({ disputed: false });
  await stripe.refunds.create({ payment_intent: paymentIntent, amount: 100 });
  await sandbox.control.moveDispute(warning.id, "needs_response");
  expect(await chargeOf(paymentIntent)).toMatchObject({ disputed: true, amount_refunded: 100 });

  const other = await sandbox.control.dispute({
    paymentIntent: await purchased(),
    status: "warning_needs_response",
  });
  await sandbox.control.moveDispute(other.id, "warning_closed");
  expect(ofType(await told.events(), "charge.dispute.closed").data.object.status).toBe("warning_closed");
  const { data } = await stripe.disputes.list({ payment_intent: paymentIntent });
  expect(data.map(({ id }) => id)).toEqual([warning.id]);
});

test("what an invoice was paid with is refunded and disputed by the invoice's name", async () => {
  const { id } = await stripe.checkout.sessions.create(plan());
  const session = await sandbox.control.pay(id, "paid");
  const invoice = String(session.invoice);
  const refund = await sandbox.control.refund({ invoice, amount: 19_700 });
  const payments = await stripe.invoicePayments.list({
    payment: { type: "payment_intent", payment_intent: String(refund.payment_intent) },
  });
  expect(payments.data.map((payment) => payment.invoice)).toEqual([invoice]);
  expect(await sandbox.control.dispute({ invoice })).toMatchObject({ amount: 119_700, charge: refund.charge });
});

test("the control API refuses what it can't do", async () => {
  await expect(sandbox.control.refund({})).rejects.toThrow("parameter_missing");
  await expect(sandbox.control.refund({ paymentIntent: "pi_nothing" })).rejects.toThrow("404");
  await expect(sandbox.control.refund({ charge: "ch_nothing" })).rejects.toThrow("404");
  await expect(sandbox.control.moveDispute("du_nothing", "won")).rejects.toThrow("404");
  await expect(sandbox.control.subscription("sub_nothing", { action: "renew" })).rejects.toThrow("404");
});

test("an outage can end with an empty event list, and the objects are all still there", async () => {
  const intent = await purchased();
  await stripe.refunds.create({ payment_intent: intent });
  expect(await sandbox.control.forgetEvents()).toEqual({ forgotten: 4 });
  expect((await stripe.events.list()).data).toEqual([]);
  expect(await sandbox.control.deliveries({ pending: true })).toHaveLength(4);
  expect(await chargeOf(intent)).toMatchObject({ refunded: true });
});
