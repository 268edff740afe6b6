import type { IntentRow } from "../../db/checkouts.ts";
import type { Report } from "./report.ts";

/** Stripe's objects of a checkout, as far as they are known. */
export type BoundIds = Pick<
  IntentRow,
  "stripeCheckoutSessionId" | "stripePaymentIntentId" | "stripeSubscriptionId" | "stripeInvoiceId"
>;

/** Which objects are the checkout's after a report: what its session says, and what it said before. */
export function boundAfter({ bound }: Report, intent: IntentRow): BoundIds {
  return {
    stripeCheckoutSessionId: intent.stripeCheckoutSessionId ?? bound.sessionId ?? null,
    stripePaymentIntentId: intent.stripePaymentIntentId ?? bound.paymentIntentId ?? null,
    stripeSubscriptionId: intent.stripeSubscriptionId ?? bound.subscriptionId ?? null,
    stripeInvoiceId: intent.stripeInvoiceId ?? bound.invoiceId ?? null,
  };
}
