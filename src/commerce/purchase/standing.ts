import type { IntentRow } from "../../db/checkouts.ts";
import type { EntitlementRow, PlanEntitlementRow, purchaseQueries } from "../../db/purchases.ts";
import { type CheckoutFact, type CheckoutStatus, foldStatus, givesAccess } from "../checkout-fold.ts";
import { foldPayment, type PaymentFact, type PaymentStanding } from "../payment-fold.ts";

export type Grant = Awaited<ReturnType<typeof purchaseQueries>["grants"]>[number];

/** Everything known of a purchase, with what was just told already among it. */
export interface PurchaseFacts {
  readonly intent: Pick<IntentRow, "status" | "amountCents" | "checkoutKind">;
  readonly facts: ReadonlySet<CheckoutFact>;
  readonly payment: readonly PaymentFact[];
}

/** What a purchase comes to: a function of the set of facts, so no order of delivery can change it. */
export interface Standing {
  readonly status: CheckoutStatus;
  /** Whether it was ever paid as confirmed, so that what it gives exists at all. */
  readonly granted: boolean;
  readonly dispute: PaymentStanding["dispute"];
  readonly refundedInFull: boolean;
}

export function standingOf({ intent, facts, payment }: PurchaseFacts): Standing {
  const status = foldStatus(facts, intent.status);
  const { refundedCents, dispute } = foldPayment(payment);
  const refundedInFull = refundedCents >= intent.amountCents;
  const common = { granted: givesAccess(facts), dispute, refundedInFull };
  if (status !== "paid") return { ...common, status };
  if (dispute !== "none") return { ...common, status: "disputed" };
  return { ...common, status: refundedInFull ? "refunded" : "paid" };
}

/** Whether a grant is active: it follows Stripe's facts and the product's policy, and nothing else. */
export function entitlementStatus(
  { granted, dispute, refundedInFull }: Standing,
  { policy }: Grant,
): EntitlementRow["status"] {
  if (!granted) return "inactive";
  const rules = {
    // A product without a policy row has the safe defaults.
    refund: policy?.onRefundInFull ?? "deactivate",
    open: policy?.onDisputeOpen ?? "keep",
    lost: policy?.onDisputeLost ?? "deactivate",
  };
  const refunded = refundedInFull && rules.refund === "deactivate";
  const open = dispute === "open" && rules.open === "deactivate";
  const lost = dispute === "lost" && rules.lost === "deactivate";
  return refunded || open || lost ? "inactive" : "active";
}

const RUNNING = new Set(["active", "trialing"]);

/**
 * A plan is had while its subscription runs; before the subscription is known, the payment speaks for it, and against
 * one that is still told of as incomplete. Money that went back ends only the period that it had paid for: what the
 * buyer paid since is theirs. `payableUntil` is when the checkout ran out: a later period was paid by a renewal.
 */
export function planStatus(
  { granted, dispute, refundedInFull }: Standing,
  subscription: { readonly status: string; readonly periodStart: number | null } | undefined,
  payableUntil: number,
): PlanEntitlementRow["status"] {
  if (!granted) return "inactive";
  const runs = !subscription || subscription.status === "incomplete" || RUNNING.has(subscription.status);
  const firstPeriod = !subscription || (subscription.periodStart ?? 0) <= payableUntil;
  const unpaid = firstPeriod && (refundedInFull || dispute === "lost");
  return runs && !unpaid ? "active" : "inactive";
}
