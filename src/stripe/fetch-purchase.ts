import type Stripe from "stripe";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import type { CheckoutFact } from "../facts/checkout-fold.ts";
import type { StripeCaller } from "./client.ts";
import { type ReportedInvoice, readInvoice } from "./invoice-events.ts";
import { PAGES_OF_LINES, withAllLines } from "./invoice-lines.ts";
import { type ReportedPayment, readListed } from "./payment-events.ts";
import { idOf, type ReportedSession, readSession, sessionFacts } from "./session-events.ts";
import { type ReportedSubscription, readSubscription } from "./subscription-events.ts";

/** How many paid invoices are read: those of changes and extras may be newer than the plan's own. */
const LATEST_INVOICES = 5;

/**
 * Calls that fetching a purchase makes at most: the session, its payment intent, and refunds and disputes of its payment. A
 * plan adds its subscription and two invoices, each with up to ten payments, and the lines that Stripe left out.
 */
export const TRIPS_TO_FETCH = 1 + 1 + 2 + 2 + 2 * 20 + (1 + LATEST_INVOICES) * PAGES_OF_LINES;

/** Everything that Stripe has of one purchase. */
export interface FetchedPurchase {
  readonly session: ReportedSession;
  readonly facts: readonly CheckoutFact[];
  readonly subscription: ReportedSubscription | undefined;
  /** When we asked for the subscription, by our own clock. */
  readonly askedAt: number;
  /** The first invoice of a plan in any status, and the one that paid for the latest period. */
  readonly invoices: readonly ReportedInvoice[];
  /** Payments of the invoices, and refunds and disputes of all payments. */
  readonly payments: readonly ReportedPayment[];
  /** The payment intents that paid for it. */
  readonly paymentIntentIds: readonly string[];
}

/** Fetches the objects of one purchase, beginning with its session. Throws the error of a call that fails. */
export async function fetchPurchase(
  { sessionId, stripeMode }: { readonly sessionId: string; readonly stripeMode: StripeMode },
  caller: StripeCaller,
): Promise<FetchedPurchase> {
  const stripe = caller.stripe.client(stripeMode);
  const session = readSession(await stripe.checkout.sessions.retrieve(sessionId));
  if (!session) throw new Error("Stripe's answer does not have the shape of a session");
  const facts = sessionFacts(session);
  const subscriptionId = session.stripeSubscriptionId;
  const askedAt = caller.clock.now();
  const [subscription, paidInvoices] = await Promise.all([
    subscriptionId === null ? undefined : stripe.subscriptions.retrieve(subscriptionId),
    fetchInvoices(stripe, session),
  ]);
  const invoicePayments = paidInvoices.flatMap(({ payments }) => payments);
  const own = session.paymentStatus === "paid" ? session.stripePaymentIntentId : null;
  const ofInvoices = invoicePayments.map(({ stripePaymentIntentId }) => stripePaymentIntentId);
  const paymentIntentIds = [...new Set([...(own === null ? [] : [own]), ...ofInvoices])];
  const refundsAndDisputes = await Promise.all(paymentIntentIds.map((id) => fetchRefundsAndDisputes(stripe, id)));
  return {
    session,
    facts: [...facts, ...(await delayedFailure(stripe, session, paidInvoices))],
    subscription: readSubscription(subscription),
    askedAt,
    invoices: paidInvoices.map(({ invoice }) => invoice),
    payments: [...invoicePayments, ...refundsAndDisputes.flat()],
    paymentIntentIds,
  };
}

interface FetchedInvoice {
  readonly invoice: ReportedInvoice;
  readonly payments: readonly ReportedPayment[];
  /** The payment that Stripe tries while the invoice is open. */
  readonly openPaymentIntentId: string | null;
}

async function fetchInvoices(stripe: Stripe, session: ReportedSession): Promise<FetchedInvoice[]> {
  const { stripeInvoiceId: firstId, stripeSubscriptionId: subscription } = session;
  const [first, paid] = await Promise.all([
    firstId ? stripe.invoices.retrieve(firstId) : undefined,
    subscription ? stripe.invoices.list({ subscription, status: "paid", limit: LATEST_INVOICES }) : undefined,
  ]);
  const ownFirst = first && readInvoice(await withAllLines(stripe, first));
  const whole = await Promise.all((paid?.data ?? []).map((invoice) => withAllLines(stripe, invoice)));
  const [latest] = whole
    .map(readInvoice)
    .filter((invoice): invoice is ReportedInvoice => invoice?.period !== undefined)
    .sort((one, other) => (other.period?.start ?? 0) - (one.period?.start ?? 0));
  const both = latest?.stripeInvoiceId === ownFirst?.stripeInvoiceId ? [ownFirst] : [ownFirst, latest];
  return Promise.all(both.filter((invoice) => invoice !== undefined).map((one) => withPayments(stripe, one)));
}

async function withPayments(stripe: Stripe, invoice: ReportedInvoice): Promise<FetchedInvoice> {
  const { data } = await stripe.invoicePayments.list({ invoice: invoice.stripeInvoiceId, limit: 10 });
  const payments = data.map(readListed.invoicePayment).filter((payment) => payment !== undefined);
  const open = data.find(({ status }) => status === "open")?.payment.payment_intent;
  return { invoice, payments, openPaymentIntentId: idOf(open) };
}

/** `payment_failed` after a delayed payment: its session stays complete and unpaid, and its payment intent has the failure. */
async function delayedFailure(
  stripe: Stripe,
  session: ReportedSession,
  invoices: readonly FetchedInvoice[],
): Promise<CheckoutFact[]> {
  const first = invoices.find(({ invoice }) => invoice.first);
  const id = session.stripePaymentIntentId ?? first?.openPaymentIntentId;
  if (session.status !== "complete" || session.paymentStatus !== "unpaid" || !id) return [];
  const { status } = await stripe.paymentIntents.retrieve(id);
  return status === "requires_payment_method" || status === "canceled" ? ["payment_failed"] : [];
}

async function fetchRefundsAndDisputes(stripe: Stripe, paymentIntentId: string): Promise<ReportedPayment[]> {
  const [refunds, disputes] = await Promise.all([
    stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 }),
    stripe.disputes.list({ payment_intent: paymentIntentId, limit: 100 }),
  ]);
  const read = [...refunds.data.map(readListed.refund), ...disputes.data.map(readListed.dispute)];
  return read.filter((payment) => payment !== undefined);
}
