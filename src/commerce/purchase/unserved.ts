import type { Rows } from "../../db/database.ts";
import type { unservedQueries } from "../../db/unserved-invoices.ts";
import { foldPayments } from "../../facts/payment-fold.ts";

type UnservedRows = Rows<ReturnType<typeof unservedQueries>>;

/** The invoices that were paid for nothing, without those that were refunded in full, or that are disputed or were lost. */
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
