import type { Rows } from "../../db/database.ts";
import type { unservedQueries } from "../../db/unserved-invoices.ts";
import { foldPayments } from "../../facts/payment-fold.ts";

type UnservedRows = Rows<ReturnType<typeof unservedQueries>>;

/**
 * The invoices that were paid for nothing and whose money is still here. One that was refunded in full, or that the buyer's
 * bank took back or holds, is gone from the list.
 */
export function moneyWithoutService({ unserved, unservedPayments }: UnservedRows): UnservedRows["unserved"] {
  return unserved.filter(({ invoice }) => {
    const paidBy = new Set(
      unservedPayments
        .filter(({ kind, stripeObjectId }) => kind === "invoice_payment" && stripeObjectId === invoice.stripeInvoiceId)
        .map(({ stripePaymentIntentId }) => stripePaymentIntentId),
    );
    const facts = unservedPayments.filter(({ stripePaymentIntentId }) => paidBy.has(stripePaymentIntentId));
    const { refundedCents, dispute } = foldPayments(facts);
    return refundedCents < invoice.amountCents && dispute === "none";
  });
}
