import type { IntentRow } from "../../db/checkouts.ts";
import type { CheckoutFact } from "../../facts/checkout-fold.ts";
import { isConfirmedAmount } from "../../stripe/amounts.ts";
import type { ReportedInvoice } from "../../stripe/invoice-events.ts";
import type { ReportedSession } from "../../stripe/session-events.ts";

/** The differences between a session and what was confirmed. */
export function mismatchesIn({ amounts, currency, livemode }: ReportedSession, intent: IntentRow): CheckoutFact[] {
  const mismatches: CheckoutFact[] = [];
  if (!isConfirmedAmount(amounts, intent)) mismatches.push("amount_mismatch");
  if (currency !== intent.currency) mismatches.push("currency_mismatch");
  if (livemode !== (intent.stripeMode === "live")) mismatches.push("mode_mismatch");
  return mismatches;
}

/** False for a first invoice at another price. A later one may have another, as the plan can be changed at Stripe. */
export function isAsConfirmed({ first, amounts, currency }: ReportedInvoice, intent: IntentRow): boolean {
  return !first || (isConfirmedAmount(amounts, intent) && currency === intent.currency);
}
