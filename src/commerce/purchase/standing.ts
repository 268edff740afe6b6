import type { IntentRow } from "../../db/checkouts.ts";
import type { PolicyRow, purchaseQueries } from "../../db/purchase-rows.ts";
import type { EntitlementRow, PlanEntitlementRow } from "../../db/purchases.ts";
import { type CheckoutFact, type CheckoutStatus, foldStatus, givesAccess } from "../../facts/checkout-fold.ts";
import type { Money } from "./money.ts";

export type Grant = Awaited<ReturnType<typeof purchaseQueries>["grants"]>[number];

/** What a purchase comes to: a function of the set of facts, so no order of delivery can change it. */
export interface Standing {
  readonly status: CheckoutStatus;
  /** Whether it was ever paid as confirmed, so that what it gives exists at all. */
  readonly granted: boolean;
  readonly money: Money;
}

/**
 * Folds all facts of a checkout and of its own payment, with what was just told among them. `goesOn` says whether it has
 * a subscription that may still charge.
 */
export function standingOf(
  intent: Pick<IntentRow, "status">,
  facts: ReadonlySet<CheckoutFact>,
  money: Money,
  goesOn: boolean,
): Standing {
  const status = statusOf(foldStatus(facts, intent.status), facts, money, goesOn);
  return { status, granted: givesAccess(facts), money };
}

/**
 * Money that went back changes what was paid for; and it frees a checkout that was blocked for what was paid, once no
 * subscription of it goes on charging.
 */
function statusOf(
  status: CheckoutStatus,
  facts: ReadonlySet<CheckoutFact>,
  { dispute, refundedInFull }: Money,
  goesOn: boolean,
) {
  const blocked = status === "blocked" && facts.has("paid");
  if (status !== "paid" && !blocked) return status;
  if (blocked && goesOn) return status;
  if (dispute === "lost" || (dispute === "open" && !blocked)) return "disputed";
  return refundedInFull ? "refunded" : status;
}

type Policy = Pick<PolicyRow, "onRefundInFull" | "onDisputeOpen" | "onDisputeLost">;

/** Of a product without a policy. */
const SAFE: Policy = { onRefundInFull: "deactivate", onDisputeOpen: "keep", onDisputeLost: "deactivate" };

/** Whether money that went back, or may go, takes what it paid for with it: by the product's policy. */
function isTakenBack({ refundedInFull, dispute }: Money, policy: Policy | null | undefined): boolean {
  // Of a product that was joined and has no policy, every column is null.
  const rules = policy?.onRefundInFull ? policy : SAFE;
  if (refundedInFull && rules.onRefundInFull === "deactivate") return true;
  if (dispute === "none") return false;
  return (dispute === "open" ? rules.onDisputeOpen : rules.onDisputeLost) === "deactivate";
}

/** Whether a grant is active: it follows Stripe's facts and the product's policy, and nothing else. */
export function entitlementStatus({ granted, money }: Standing, { policy }: Grant): EntitlementRow["status"] {
  return granted && !isTakenBack(money, policy) ? "active" : "inactive";
}

/** Whether a subscription will never charge again; of one that is not known, nobody can say so. */
export function isOver(subscription: { readonly status: string } | undefined): boolean {
  return subscription?.status === "canceled" || subscription?.status === "incomplete_expired";
}

const RUNNING = new Set(["active", "trialing"]);

/**
 * A plan is had while its subscription runs and the money of the latest paid period was not taken back. A period that
 * is not paid yet takes nothing away: the subscription says when that matters. Before the subscription is known, the
 * payment speaks for it, and against one that is still told of as incomplete.
 */
export function planStatus(
  granted: boolean,
  latest: Money,
  subscription: { readonly status: string } | undefined,
  policy: Policy | undefined,
): PlanEntitlementRow["status"] {
  const runs = !subscription || subscription.status === "incomplete" || RUNNING.has(subscription.status);
  return granted && runs && !isTakenBack(latest, policy) ? "active" : "inactive";
}
