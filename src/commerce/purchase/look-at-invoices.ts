import type Stripe from "stripe";
import { type ReportedInvoice, readInvoice } from "../../stripe/invoice-events.ts";
import { type ReportedPayment, readListed } from "../../stripe/payment-events.ts";
import { idOf, type ReportedSession } from "../../stripe/session-facts.ts";

/** An invoice as Stripe has it, and the payments that it was paid with. */
export interface LookedAtInvoice {
  readonly invoice: ReportedInvoice;
  readonly payments: readonly ReportedPayment[];
  /** The payment that is tried while it is open. */
  readonly toBePaidWith: string | undefined;
}

/** Invoices of changes and extras may stand before the one of the plan itself. */
const LATEST = 5;

/**
 * The first invoice of a session's plan, however it stands, and the one that paid for the latest period: a later one may
 * be a draft, or open, and takes nothing away.
 */
export async function lookAtInvoices(stripe: Stripe, session: ReportedSession): Promise<LookedAtInvoice[]> {
  const firstId = idOf(session.invoice);
  const subscription = idOf(session.subscription);
  const [first, paid] = await Promise.all([
    firstId ? stripe.invoices.retrieve(firstId) : undefined,
    subscription ? stripe.invoices.list({ subscription, status: "paid", limit: LATEST }) : undefined,
  ]);
  const ownFirst = readInvoice(first);
  const [latest] = (paid?.data ?? [])
    .map(readInvoice)
    .filter((invoice): invoice is ReportedInvoice => invoice?.period !== undefined)
    .sort((one, other) => (other.period?.start ?? 0) - (one.period?.start ?? 0));
  const both = latest?.invoiceId === ownFirst?.invoiceId ? [ownFirst] : [ownFirst, latest];
  return Promise.all(
    both.filter((invoice): invoice is ReportedInvoice => invoice !== undefined).map((one) => lookAt(stripe, one)),
  );
}

async function lookAt(stripe: Stripe, invoice: ReportedInvoice): Promise<LookedAtInvoice> {
  const { data } = await stripe.invoicePayments.list({ invoice: invoice.invoiceId, limit: 10 });
  const payments = data.map(readListed.invoicePayment).filter((payment) => payment !== undefined);
  const open = data.find(({ status }) => status === "open")?.payment.payment_intent;
  return { invoice, payments, toBePaidWith: idOf(open) ?? undefined };
}
