import type Stripe from "stripe";
import type { IntentRow } from "../../db/checkouts.ts";
import type { CheckoutFact } from "../../facts/checkout-fold.ts";
import type { Context } from "../../kernel/context.ts";
import { type ReportedPayment, readListed } from "../../stripe/payment-events.ts";
import { idOf, type ReportedSession, readSession, sessionFacts } from "../../stripe/session-facts.ts";
import { readSubscription } from "../../stripe/subscription-events.ts";
import { applyReport, type Look } from "./apply-report.ts";
import { type LookedAtInvoice, lookAtInvoices } from "./look-at-invoices.ts";
import { type Report, type SubscriptionState, sessionReport } from "./report.ts";

/**
 * Calls to Stripe that a look makes at most. Of what is paid once: the session, and refunds and disputes of its payment.
 * Of a plan also its subscription, and two invoices with what paid them, in up to ten payments each.
 */
export const TRIPS_PER_LOOK = 1 + 1 + 2 + 2 + 2 * 20;

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
  if (!session) throw new Error("what Stripe gave has not the shape of a session");
  const [subscription, invoices] = await Promise.all([
    subscriptionOf(stripe, session, ctx.clock.now()),
    lookAtInvoices(stripe, session),
  ]);
  const own = idOf(session.payment_intent);
  const ownPaid = own !== null && session.payment_status === "paid" ? [own] : [];
  const paidWith = [...new Set([...ownPaid, ...invoices.flatMap(({ payments }) => paymentIntentsOf(payments))])];
  const back = await Promise.all(paidWith.map((id) => moneyBack(stripe, id)));
  const delayedFailure = await failedLate(stripe, session, invoices);
  const report = sessionReport(session, [...sessionFacts(session), ...delayedFailure]);
  return {
    ...report,
    target: {
      ...report.target,
      checkoutIntentId: intent.id,
      paymentIntentIds: paidWith,
      invoiceIds: invoices.map(({ invoice }) => invoice.invoiceId),
    },
    payments: [...invoices.flatMap(({ payments }) => payments), ...back.flat()],
    invoices: invoices.map(({ invoice }) => invoice),
    ...(subscription && { subscription }),
  };
}

const paymentIntentsOf = (payments: readonly ReportedPayment[]) =>
  payments.map(({ paymentIntentId }) => paymentIntentId);

async function subscriptionOf(
  stripe: Stripe,
  session: ReportedSession,
  askedAt: number,
): Promise<SubscriptionState | undefined> {
  const id = idOf(session.subscription);
  const subscription = id ? readSubscription(await stripe.subscriptions.retrieve(id)) : undefined;
  return subscription && { ...subscription, at: askedAt - CLOCKS_DIFFER_MS, rank: FETCHED_RANK, askedAt };
}

/** A delayed payment that failed leaves its session complete and unpaid; its payment intent wants another way to pay. */
async function failedLate(
  stripe: Stripe,
  session: ReportedSession,
  invoices: readonly LookedAtInvoice[],
): Promise<CheckoutFact[]> {
  const id = idOf(session.payment_intent) ?? invoices.find(({ invoice }) => invoice.first)?.toBePaidWith;
  if (session.status !== "complete" || session.payment_status !== "unpaid" || !id) return [];
  const { status } = await stripe.paymentIntents.retrieve(id);
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
