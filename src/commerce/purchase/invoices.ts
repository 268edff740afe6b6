import type { IntentRow } from "../../db/checkouts.ts";
import type { InvoiceRow } from "../../db/purchase-rows.ts";
import type { ReportedInvoice } from "../../stripe/invoice-events.ts";

/** Whether a first invoice is for what was confirmed; what later periods cost is between the buyer and Stripe. */
export function isAsConfirmed({ first, totalCents, currency }: ReportedInvoice, intent: IntentRow): boolean {
  return !first || (totalCents === intent.amountCents && currency === intent.currency);
}

/** The paid periods in a report that are not known yet. */
export function freshInvoices(
  told: readonly ReportedInvoice[],
  known: readonly InvoiceRow[],
  intent: IntentRow,
): InvoiceRow[] {
  return told.flatMap((invoice) => {
    const { invoiceId, subscriptionId, period, paid, paidCents, currency } = invoice;
    const isKnown = known.some(({ stripeInvoiceId }) => stripeInvoiceId === invoiceId);
    if (!paid || !period || isKnown || !isAsConfirmed(invoice, intent)) return [];
    return [
      {
        ownerUserId: intent.ownerUserId,
        stripeInvoiceId: invoiceId,
        stripeSubscriptionId: subscriptionId,
        checkoutIntentId: intent.id,
        periodStart: period.start,
        periodEnd: period.end,
        amountCents: paidCents,
        currency,
      },
    ];
  });
}

/** The latest period that a subscription was paid for; undefined where none is known, or no subscription. */
export function latestOf(invoices: readonly InvoiceRow[], subscriptionId: string | null): InvoiceRow | undefined {
  const [latest] = invoices
    .filter(({ stripeSubscriptionId }) => stripeSubscriptionId === subscriptionId)
    .sort(
      (one, other) => other.periodStart - one.periodStart || (other.stripeInvoiceId > one.stripeInvoiceId ? 1 : -1),
    );
  return latest;
}
