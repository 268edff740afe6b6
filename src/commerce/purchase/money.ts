import type { InvoiceRow, PaymentFactRow } from "../../db/purchase-rows.ts";
import { foldPayments, type PaymentStanding } from "../../facts/payment-fold.ts";
import type { ReportedInvoice } from "../../stripe/invoice-events.ts";
import type { ReportedPayment } from "../../stripe/payment-events.ts";
import { isAsConfirmed } from "../checkout/as-confirmed.ts";
import type { FoldInput, PurchaseRows } from "./known.ts";

/** Refund and dispute of one paid price: the checkout's, or a period's. */
export interface Money {
  readonly refundedInFull: boolean;
  readonly dispute: PaymentStanding["dispute"];
}

/** A stored fact about a payment, or a reported one in its place. */
type PaymentRow = Pick<
  PaymentFactRow,
  "kind" | "stripeObjectId" | "stripePaymentIntentId" | "state" | "rank" | "amountCents"
>;

/** What was paid for a purchase and what went back. */
export interface PurchaseMoney {
  /** Facts about payments that the database does not have yet, or has in an earlier state. */
  readonly newPayments: readonly ReportedPayment[];
  /** Paid periods that the database does not have yet. */
  readonly newInvoices: readonly InvoiceRow[];
  /** The paid amount by the checkout's sessions; null until one is paid. */
  readonly paidCents: number | null;
  /** The tax of the first payment; null until its session is complete, and where none was confirmed or charged. */
  readonly taxCents: number | null;
  /** Refund and dispute of the checkout's own payments. */
  readonly own: Money;
  /** Refund and dispute of the latest paid period; the same as `own` until a later period is paid. */
  readonly latest: Money;
  readonly firstInvoicePaid: boolean;
  /** The end of the latest paid period; null while none is known. */
  readonly paidUntil: number | null;
  /** The payment facts that `own` and `latest` are folded from. */
  readonly decidedBy: readonly PaymentRow[];
}

/** Folds the stored and the reported payments of a purchase. */
export function moneyOf({ report, rows, intent, bound }: FoldInput): PurchaseMoney {
  const newPayments = report.payments.filter((payment) => !isKnown(payment, rows));
  const payments: PaymentRow[] = [
    ...rows.paymentFacts.filter((row) => !newPayments.some((payment) => isSameObject(row, payment))),
    ...newPayments,
  ];
  const newInvoices = report.invoices.flatMap((invoice) => newInvoiceRow(invoice, { rows, intent }));
  const invoices = [...rows.invoices, ...newInvoices];
  const paidCents = paidCentsOf({ report, intent });

  const paidWith = (invoiceId: string | null | undefined) =>
    payments
      .filter(({ kind, stripeObjectId }) => kind === "invoice_payment" && stripeObjectId === invoiceId)
      .map(({ stripePaymentIntentId }) => stripePaymentIntentId);
  const factsOf = (ids: readonly (string | null)[]) =>
    payments.filter(({ stripePaymentIntentId }) => ids.includes(stripePaymentIntentId));
  const first = invoices.find(({ stripeInvoiceId }) => stripeInvoiceId === bound.stripeInvoiceId);
  const latest = latestOf(invoices, bound.stripeSubscriptionId);
  const ownIds = [bound.stripePaymentIntentId, ...paidWith(bound.stripeInvoiceId)];
  const latestIds = paidWith(latest?.stripeInvoiceId);
  const own = moneyIn(factsOf(ownIds), first?.amountCents ?? paidCents ?? intent.amountCents);
  return {
    newPayments,
    newInvoices,
    paidCents,
    taxCents: taxCentsOf({ report, intent }),
    own,
    latest: latest && latest !== first ? moneyIn(factsOf(latestIds), latest.amountCents) : own,
    firstInvoicePaid: first !== undefined,
    paidUntil: latest?.periodEnd ?? null,
    decidedBy: factsOf([...ownIds, ...latestIds]),
  };
}

/** Compares the payment, too: several payments can pay one invoice, and each is stored under it. */
function isSameObject(row: PaymentRow, { kind, stripeObjectId, stripePaymentIntentId }: ReportedPayment): boolean {
  return (
    row.kind === kind && row.stripeObjectId === stripeObjectId && row.stripePaymentIntentId === stripePaymentIntentId
  );
}

function isKnown(payment: ReportedPayment, { paymentFacts }: PurchaseRows): boolean {
  return paymentFacts.some((row) => isSameObject(row, payment) && row.rank >= payment.rank);
}

/** The row of a reported invoice; none unless it is paid, for a period, at the confirmed price, and new. */
function newInvoiceRow(invoice: ReportedInvoice, { rows, intent }: Pick<FoldInput, "rows" | "intent">): InvoiceRow[] {
  const { stripeInvoiceId, stripeSubscriptionId, period, paid, paidAt, paidCents, currency } = invoice;
  const isStored = rows.invoices.some((row) => row.stripeInvoiceId === stripeInvoiceId);
  if (!paid || !period || isStored || !isAsConfirmed(invoice, intent)) return [];
  return [
    {
      ownerUserId: intent.ownerUserId,
      stripeInvoiceId,
      stripeSubscriptionId,
      checkoutIntentId: intent.id,
      periodStart: period.start,
      periodEnd: period.end,
      amountCents: paidCents,
      currency,
      taxCents: invoice.amounts.taxCents,
      paidAt,
      unserved: 0,
    },
  ];
}

/** The paid amount by the reported session, and never less than the stored one. */
function paidCentsOf({ report, intent }: Pick<FoldInput, "report" | "intent">): number | null {
  const reported = report.facts.includes("paid") ? (report.session?.amounts.totalCents ?? null) : null;
  return reported === null ? intent.paidCents : Math.max(reported, intent.paidCents ?? 0);
}

/** Before its session is complete, the tax may follow an address that the buyer changes again. */
function taxCentsOf({ report, intent }: Pick<FoldInput, "report" | "intent">): number | null {
  const { session, facts } = report;
  if (!session || !facts.includes("session_complete")) return intent.taxCents;
  const { taxCents } = session.amounts;
  return intent.taxBehavior === null && taxCents === 0 ? null : taxCents;
}

/** The invoice of the latest period that a subscription was paid for. */
function latestOf(invoices: readonly InvoiceRow[], subscriptionId: string | null): InvoiceRow | undefined {
  const [latest] = invoices
    .filter(({ stripeSubscriptionId }) => stripeSubscriptionId === subscriptionId)
    .sort(
      (one, other) => other.periodStart - one.periodStart || (other.stripeInvoiceId > one.stripeInvoiceId ? 1 : -1),
    );
  return latest;
}

/** Refunded in full: all that was paid went back. A price of 0 can't be refunded. */
function moneyIn(payments: readonly PaymentRow[], paidCents: number): Money {
  const { refundedCents, dispute } = foldPayments(payments);
  return { dispute, refundedInFull: paidCents > 0 && refundedCents >= paidCents };
}
