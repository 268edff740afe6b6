import type { StripeMode } from "../db/schema/vocabulary.ts";
import type { StripeCaller } from "./client.ts";
import { ifThere } from "./if-there.ts";
import { type ReportedInvoice, readInvoice } from "./invoice-events.ts";
import { PAGES_OF_LINES, withAllLines } from "./invoice-lines.ts";
import { type ReportedPayment, readListed } from "./payment-events.ts";
import { idOf } from "./session-events.ts";

/** Calls that tracing a payment makes at most: the list, and the invoice with its lines. */
export const TRIPS_TO_TRACE = 1 + 1 + PAGES_OF_LINES;

/** What a payment paid for: the invoice of a subscription, or else the checkout that its metadata names. */
export interface TracedPayment {
  readonly invoice: ReportedInvoice | undefined;
  /** The links between the payment and its invoice, in our terms. */
  readonly payments: readonly ReportedPayment[];
  /** Another application can write any id there. */
  readonly checkoutIntentId: string | undefined;
}

/**
 * Asks Stripe what a payment paid for: since API 2025-03-31 neither a payment intent nor a charge names its invoice, and
 * the list of invoice payments is the way from one to the other. Throws where Stripe does not answer.
 */
export async function tracePayment(
  stripePaymentIntentId: string,
  mode: StripeMode,
  caller: StripeCaller,
): Promise<TracedPayment> {
  const stripe = caller.stripe.client(mode);
  const { data } = await stripe.invoicePayments.list({
    payment: { type: "payment_intent", payment_intent: stripePaymentIntentId },
    limit: 10,
  });
  // A payment of ours pays one invoice.
  const id = idOf(data[0]?.invoice);
  if (id === null) {
    const intent = await ifThere(stripe.paymentIntents.retrieve(stripePaymentIntentId));
    return { invoice: undefined, payments: [], checkoutIntentId: intent?.metadata.checkout_intent_id };
  }
  const invoice = await ifThere(stripe.invoices.retrieve(id));
  const payments = data.map(readListed.invoicePayment).filter((payment) => payment?.stripeObjectId === id);
  return {
    invoice: invoice && readInvoice(await withAllLines(stripe, invoice)),
    payments: payments.filter((payment) => payment !== undefined),
    checkoutIntentId: undefined,
  };
}
