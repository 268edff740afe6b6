import type { PaidInvoice } from "../db/account-orders.ts";
import type { IntentRow } from "../db/checkouts.ts";
import type { PaymentFactRow } from "../db/purchase-rows.ts";
import { foldPayments } from "../facts/payment-fold.ts";

/** One payment of an order as its receipt shows it: the order's own, or that of one period of a plan. */
export interface Paid {
  /** Epoch milliseconds; null where Stripe left it out. */
  readonly at: number | null;
  /** What was paid, with its tax. */
  readonly cents: number;
  readonly currency: string;
  readonly taxCents: number | null;
  /** What came back of it. */
  readonly returnedCents: number;
  /** The period that it paid for; undefined for what is paid once. */
  readonly period?: { readonly start: number; readonly end: number };
}

/** The payments of an order, the newest first; none while it is unpaid. */
export function paidFor(
  intent: IntentRow,
  invoices: readonly PaidInvoice[],
  facts: readonly PaymentFactRow[],
): readonly Paid[] {
  const returned = (ids: readonly (string | null)[]) =>
    foldPayments(facts.filter(({ stripePaymentIntentId }) => ids.includes(stripePaymentIntentId))).refundedCents;
  if (invoices.length > 0) {
    return invoices.map((invoice) => ({
      at: invoice.paidAt,
      cents: invoice.amountCents,
      currency: invoice.currency,
      taxCents: intent.taxBehavior === null && invoice.taxCents === 0 ? null : invoice.taxCents,
      returnedCents: returned(
        facts
          .filter(
            ({ kind, stripeObjectId }) => kind === "invoice_payment" && stripeObjectId === invoice.stripeInvoiceId,
          )
          .map(({ stripePaymentIntentId }) => stripePaymentIntentId),
      ),
      period: { start: invoice.periodStart, end: invoice.periodEnd },
    }));
  }
  const { paidCents, paidAt, currency, taxCents } = intent;
  if (paidCents === null) return [];
  return [
    { at: paidAt, cents: paidCents, currency, taxCents, returnedCents: returned([intent.stripePaymentIntentId]) },
  ];
}
