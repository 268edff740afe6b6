import type Stripe from "stripe";
import { type ReportedInvoice, readInvoice } from "../../stripe/invoice-events.ts";
import { type ReportedPayment, readListed } from "../../stripe/payment-events.ts";
import { idOf, type ReportedSession } from "../../stripe/session-events.ts";

/** An invoice as Stripe has it, and the payments that paid it. */
export interface LookedAtInvoice {
  readonly invoice: ReportedInvoice;
  readonly payments: readonly ReportedPayment[];
  /** The payment that Stripe tries while the invoice is open. */
  readonly openPaymentIntentId: string | undefined;
}

/** Invoices of changes and extras may be listed before the one of the plan itself. */
const LATEST = 5;

/** The first invoice of a session's plan in any status, and the one that paid for the latest period. */
export async function lookAtInvoices(stripe: Stripe, session: ReportedSession): Promise<LookedAtInvoice[]> {
  const { stripeInvoiceId: firstId, stripeSubscriptionId: subscription } = session;
  const [first, paid] = await Promise.all([
    firstId ? stripe.invoices.retrieve(firstId) : undefined,
    subscription ? stripe.invoices.list({ subscription, status: "paid", limit: LATEST }) : undefined,
  ]);
  const ownFirst = readInvoice(first);
  const [latest] = (paid?.data ?? [])
    .map(readInvoice)
    .filter((invoice): invoice is ReportedInvoice => invoice?.period !== undefined)
    .sort((one, other) => (other.period?.start ?? 0) - (one.period?.start ?? 0));
  const both = latest?.stripeInvoiceId === ownFirst?.stripeInvoiceId ? [ownFirst] : [ownFirst, latest];
  return Promise.all(
    both.filter((invoice): invoice is ReportedInvoice => invoice !== undefined).map((one) => lookAt(stripe, one)),
  );
}

async function lookAt(stripe: Stripe, invoice: ReportedInvoice): Promise<LookedAtInvoice> {
  const { data } = await stripe.invoicePayments.list({ invoice: invoice.stripeInvoiceId, limit: 10 });
  const payments = data.map(readListed.invoicePayment).filter((payment) => payment !== undefined);
  const open = data.find(({ status }) => status === "open")?.payment.payment_intent;
  return { invoice, payments, openPaymentIntentId: idOf(open) ?? undefined };
}
