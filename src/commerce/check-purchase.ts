import type Stripe from "stripe";
import type { Context } from "../context.ts";
import type { IntentRow } from "../db/checkouts.ts";
import { type ReportedPayment, readListed } from "../stripe/payment-events.ts";
import { idOf, type ReportedSession, readSession, sessionFacts } from "../stripe/session-facts.ts";
import { readSubscription } from "../stripe/subscription-events.ts";
import { applyReport, type Look } from "./apply-report.ts";
import type { CheckoutFact } from "./checkout-fold.ts";
import { type Report, type SubscriptionState, sessionReport } from "./purchase/report.ts";

/** Session, subscription, invoice payment, refunds and disputes at Stripe; one read and one write here. */
export const TRIPS_PER_CHECK = 7;

/** Above every rank of an event of the same moment: what Stripe answers now is later than what it reported. */
const FETCHED_RANK = 9;
/**
 * Our clock may be ahead of Stripe's, whose events count in whole seconds: an event of this moment must still count as
 * later than our look. One that happened shortly before it may, too, and is followed by the one that we saw.
 */
const CLOCKS_DIFFER_MS = 10_000;

/**
 * Fetches the objects of one purchase and applies what they say together, as one report: nothing is given for a
 * moment that another object takes back. True where something changed.
 */
export async function checkPurchase(intent: IntentRow, actorKind: Look["actorKind"], ctx: Context): Promise<boolean> {
  const report = await lookAtPurchase(intent, ctx);
  if (!report) return false;
  return applyReport(report, { actorKind, eventKind: "checkout_session_verified" }, ctx);
}

async function lookAtPurchase(intent: IntentRow, ctx: Context): Promise<Report | undefined> {
  if (intent.stripeCheckoutSessionId === null) return undefined;
  const stripe = ctx.stripe.client(intent.stripeMode);
  const session = readSession(await stripe.checkout.sessions.retrieve(intent.stripeCheckoutSessionId));
  if (!session) return undefined;
  const [subscription, invoicePayment] = await Promise.all([
    subscriptionOf(stripe, session, ctx.clock.now()),
    invoicePaymentOf(stripe, session),
  ]);
  const paymentIntentId = idOf(session.payment_intent) ?? invoicePayment?.paymentIntentId;
  const delayedFailure = await failedLate(stripe, session, paymentIntentId);
  const paid = session.payment_status === "paid";
  const back = paid && paymentIntentId ? await moneyBack(stripe, paymentIntentId) : [];
  const report = sessionReport(session, [...sessionFacts(session), ...delayedFailure]);
  return {
    ...report,
    target: { ...report.target, checkoutIntentId: intent.id, paymentIntentId },
    payments: [...(paid && invoicePayment ? [invoicePayment] : []), ...back],
    ...(subscription && { subscription }),
  };
}

async function subscriptionOf(
  stripe: Stripe,
  session: ReportedSession,
  askedAt: number,
): Promise<SubscriptionState | undefined> {
  const id = idOf(session.subscription);
  const subscription = id ? readSubscription(await stripe.subscriptions.retrieve(id)) : undefined;
  return subscription && { ...subscription, at: askedAt - CLOCKS_DIFFER_MS, rank: FETCHED_RANK, askedAt };
}

/** Which payment a plan's first invoice was, or is to be, paid with. */
async function invoicePaymentOf(stripe: Stripe, session: ReportedSession): Promise<ReportedPayment | undefined> {
  const invoice = idOf(session.invoice);
  if (!invoice) return undefined;
  const { data } = await stripe.invoicePayments.list({ invoice, limit: 1 });
  return readListed.invoicePayment(data[0]);
}

/** A delayed payment that failed leaves its session complete and unpaid; its payment intent wants another way to pay. */
async function failedLate(
  stripe: Stripe,
  session: ReportedSession,
  paymentIntentId: string | undefined,
): Promise<CheckoutFact[]> {
  if (session.status !== "complete" || session.payment_status !== "unpaid" || !paymentIntentId) return [];
  const { status } = await stripe.paymentIntents.retrieve(paymentIntentId);
  return status === "requires_payment_method" || status === "canceled" ? ["payment_failed"] : [];
}

/** Refunds and disputes of a payment, each as its own fact. */
async function moneyBack(stripe: Stripe, paymentIntentId: string): Promise<ReportedPayment[]> {
  const [refunds, disputes] = await Promise.all([
    stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 }),
    stripe.disputes.list({ payment_intent: paymentIntentId, limit: 100 }),
  ]);
  const read = [...refunds.data.map(readListed.refund), ...disputes.data.map(readListed.dispute)];
  return read.filter((payment): payment is ReportedPayment => payment !== undefined);
}
