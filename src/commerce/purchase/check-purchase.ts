import type Stripe from "stripe";
import type { IntentRow } from "../../db/checkouts.ts";
import type { CheckoutFact } from "../../facts/checkout-fold.ts";
import type { Context } from "../../kernel/context.ts";
import { type ReportedPayment, readListed } from "../../stripe/payment-events.ts";
import { type ReportedSession, readSession, sessionFacts } from "../../stripe/session-events.ts";
import { readSubscription } from "../../stripe/subscription-events.ts";
import { applyReport, type Look } from "./apply-report.ts";
import { type LookedAtInvoice, lookAtInvoices } from "./look-at-invoices.ts";
import { type Report, type SubscriptionState, sessionReport } from "./report.ts";

/**
 * Calls to Stripe that a look makes at most: the session, its payment intent, and refunds and disputes of its payment. A
 * plan adds its subscription and two invoices, each with up to ten payments.
 */
export const TRIPS_PER_LOOK = 1 + 1 + 2 + 2 + 2 * 20;

/** Above the rank of every event: Stripe's answer of now is later than its report of the same moment. */
const FETCHED_RANK = 9;
/**
 * Our clock may be ahead of Stripe's, whose events count in whole seconds: an event of this moment still has to count as
 * later than our look. An event from shortly before the look may count so, too: the event of the state that we saw
 * follows it.
 */
const CLOCKS_DIFFER_MS = 10_000;

/**
 * Fetches the objects of one purchase and applies them as one report, so that access is never given for the moment
 * before a refund is read. True where something changed.
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
  if (!session) throw new Error("Stripe's answer does not have the shape of a session");
  const [subscription, invoices] = await Promise.all([
    subscriptionOf(stripe, session, ctx.clock.now()),
    lookAtInvoices(stripe, session),
  ]);
  const own = session.paymentStatus === "paid" ? session.stripePaymentIntentId : null;
  const invoicePayments = invoices.flatMap(({ payments }) => payments);
  const ofInvoices = invoicePayments.map(({ stripePaymentIntentId }) => stripePaymentIntentId);
  const paymentIntentIds = [...new Set([...(own === null ? [] : [own]), ...ofInvoices])];
  const refundsAndDisputes = await Promise.all(paymentIntentIds.map((id) => moneyBack(stripe, id)));
  const delayedFailure = await failedLate(stripe, session, invoices);
  const report = sessionReport(session, [...sessionFacts(session), ...delayedFailure]);
  return {
    ...report,
    target: {
      ...report.target,
      checkoutIntentId: intent.id,
      paymentIntentIds,
      invoiceIds: invoices.map(({ invoice }) => invoice.stripeInvoiceId),
    },
    payments: [...invoicePayments, ...refundsAndDisputes.flat()],
    invoices: invoices.map(({ invoice }) => invoice),
    ...(subscription && { subscription }),
  };
}

async function subscriptionOf(
  stripe: Stripe,
  session: ReportedSession,
  askedAt: number,
): Promise<SubscriptionState | undefined> {
  const id = session.stripeSubscriptionId;
  const subscription = id ? readSubscription(await stripe.subscriptions.retrieve(id)) : undefined;
  return subscription && { ...subscription, at: askedAt - CLOCKS_DIFFER_MS, rank: FETCHED_RANK, askedAt };
}

/** A delayed payment that failed leaves its session complete and unpaid; only its payment intent tells. */
async function failedLate(
  stripe: Stripe,
  session: ReportedSession,
  invoices: readonly LookedAtInvoice[],
): Promise<CheckoutFact[]> {
  const first = invoices.find(({ invoice }) => invoice.first);
  const id = session.stripePaymentIntentId ?? first?.openPaymentIntentId;
  if (session.status !== "complete" || session.paymentStatus !== "unpaid" || !id) return [];
  const { status } = await stripe.paymentIntents.retrieve(id);
  return status === "requires_payment_method" || status === "canceled" ? ["payment_failed"] : [];
}

/** Refunds and disputes of a payment, each as a fact. */
async function moneyBack(stripe: Stripe, paymentIntentId: string): Promise<ReportedPayment[]> {
  const [refunds, disputes] = await Promise.all([
    stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 }),
    stripe.disputes.list({ payment_intent: paymentIntentId, limit: 100 }),
  ]);
  const read = [...refunds.data.map(readListed.refund), ...disputes.data.map(readListed.dispute)];
  return read.filter((payment): payment is ReportedPayment => payment !== undefined);
}
