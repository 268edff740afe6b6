import type { InvoiceRow } from "../../db/purchase-rows.ts";
import { foldPayments, type PaymentStanding } from "../../facts/payment-fold.ts";
import type { BoundIds } from "./bound.ts";
import type { KnownPayment } from "./facts.ts";
import { latestOf } from "./invoices.ts";

/** Where the money of a payment is. */
export interface Money {
  readonly refundedInFull: boolean;
  readonly dispute: PaymentStanding["dispute"];
}

/** The money of a purchase: the checkout's own, and what the latest paid period of its plan was paid with. */
export interface PurchaseMoney {
  readonly own: Money;
  /** The same as `own` while no later period was paid. */
  readonly latest: Money;
  readonly firstInvoicePaid: boolean;
  /** The facts that it was made of. */
  readonly decidedBy: readonly KnownPayment[];
}

/** Folds what is known of all payments that are the purchase's. `paidCents` is what the checkout itself was paid with. */
export function moneyOf(
  { stripePaymentIntentId, stripeSubscriptionId, stripeInvoiceId }: BoundIds,
  {
    invoices,
    payments,
    paidCents,
  }: {
    readonly invoices: readonly InvoiceRow[];
    readonly payments: readonly KnownPayment[];
    readonly paidCents: number;
  },
): PurchaseMoney {
  const paidWith = (invoiceId: string | null | undefined) =>
    payments
      .filter(({ kind, stripeObjectId }) => kind === "invoice_payment" && stripeObjectId === invoiceId)
      .map((payment) => payment.stripePaymentIntentId);
  const factsOf = (ids: readonly (string | null)[]) =>
    payments.filter((payment) => ids.includes(payment.stripePaymentIntentId));
  const first = invoices.find((invoice) => invoice.stripeInvoiceId === stripeInvoiceId);
  const latest = latestOf(invoices, stripeSubscriptionId);
  const ownIds = [stripePaymentIntentId, ...paidWith(stripeInvoiceId)];
  const latestIds = paidWith(latest?.stripeInvoiceId);
  const own = standingOf(factsOf(ownIds), first?.amountCents ?? paidCents);
  return {
    own,
    latest: latest && latest !== first ? standingOf(factsOf(latestIds), latest.amountCents) : own,
    firstInvoicePaid: first !== undefined,
    decidedBy: factsOf([...ownIds, ...latestIds]),
  };
}

/** In full is all that was paid. Where nothing was, nothing can go back. */
function standingOf(facts: readonly KnownPayment[], paidCents: number): Money {
  const { refundedCents, dispute } = foldPayments(facts);
  return { dispute, refundedInFull: paidCents > 0 && refundedCents >= paidCents };
}
