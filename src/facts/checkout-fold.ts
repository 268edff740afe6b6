import type { CHECKOUT_FACTS, CHECKOUT_STATUSES } from "../db/schema/vocabulary.ts";

export type CheckoutFact = (typeof CHECKOUT_FACTS)[number];
export type CheckoutStatus = (typeof CHECKOUT_STATUSES)[number];

/**
 * Which status a fact makes, the strongest first. The status is that of the strongest fact known, so neither the
 * order nor the number of deliveries can change where a checkout ends.
 */
const STATUS_OF_FACT: readonly (readonly [CheckoutFact, CheckoutStatus])[] = [
  ["amount_mismatch", "blocked"],
  ["currency_mismatch", "blocked"],
  ["mode_mismatch", "blocked"],
  ["paid", "paid"],
  ["no_payment_required", "completed"],
  ["payment_failed", "failed"],
  ["session_complete", "completed"],
  ["expired_by_actor", "canceled"],
  ["session_expired", "expired"],
];

const CONTRADICTIONS: ReadonlySet<CheckoutFact> = new Set(["amount_mismatch", "currency_mismatch", "mode_mismatch"]);

/** The status of a checkout about which `facts` are known; `otherwise` is what it has while there are none. */
export function foldStatus(facts: Iterable<CheckoutFact>, otherwise: CheckoutStatus): CheckoutStatus {
  const known = new Set(facts);
  const counts = (fact: CheckoutFact) => known.has(fact) && !(CONTRADICTIONS.has(fact) && endedUnpaid(known));
  return STATUS_OF_FACT.find(([fact]) => counts(fact))?.[1] ?? otherwise;
}

/** What nobody paid, and nobody can pay any more, leaves nothing to compare. */
function endedUnpaid(known: ReadonlySet<CheckoutFact>): boolean {
  if (known.has("paid") || known.has("no_payment_required")) return false;
  if (known.has("session_complete")) return known.has("payment_failed");
  return known.has("session_expired") || known.has("expired_by_actor");
}

/** Whether the facts give access: money in, or nothing to pay, and nothing that contradicts what was confirmed. */
export function givesAccess(facts: Iterable<CheckoutFact>): boolean {
  const known = new Set(facts);
  const status = foldStatus(known, "created");
  return status === "paid" || (status === "completed" && known.has("no_payment_required"));
}

/** What a blocked checkout waits for and what to do about it, in words for the owner. Null where nothing contradicts. */
export function blockedReason(facts: Iterable<CheckoutFact>, ofPlan: boolean): string | null {
  const known = new Set(facts);
  const what = WHAT_DIFFERS.find(([fact]) => known.has(fact))?.[1];
  if (!what || foldStatus(known, "created") !== "blocked") return null;
  // A refund ends no subscription: the next month would be charged all the same.
  const then = ofPlan
    ? "cancel its subscription at Stripe and refund what was paid in full; the checkout stays listed until both are done"
    : "refund the payment in full at Stripe, and the checkout becomes refunded";
  return `Stripe's payment page was for ${what} than was confirmed here, so nothing was given. Compare the two; then ${then}.`;
}

const WHAT_DIFFERS: readonly (readonly [CheckoutFact, string])[] = [
  ["amount_mismatch", "another amount"],
  ["currency_mismatch", "another currency"],
  ["mode_mismatch", "another Stripe mode"],
];
