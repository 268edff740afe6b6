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

/** The status of a checkout about which `facts` are known; `otherwise` is what it has while there are none. */
export function foldStatus(facts: Iterable<CheckoutFact>, otherwise: CheckoutStatus): CheckoutStatus {
  const known = new Set(facts);
  return STATUS_OF_FACT.find(([fact]) => known.has(fact))?.[1] ?? otherwise;
}

/** Whether the facts give access: money in, or nothing to pay, and nothing that contradicts what was confirmed. */
export function givesAccess(facts: Iterable<CheckoutFact>): boolean {
  const known = new Set(facts);
  const status = foldStatus(known, "created");
  return status === "paid" || (status === "completed" && known.has("no_payment_required"));
}

/** What a blocked checkout waits for, in words for the owner. */
export function blockedReason(facts: Iterable<CheckoutFact>): string | null {
  const known = new Set(facts);
  if (known.has("amount_mismatch")) return "A person has to compare the amount that was paid with the one confirmed.";
  if (known.has("currency_mismatch"))
    return "A person has to compare the currency that was paid with the one confirmed.";
  if (known.has("mode_mismatch"))
    return "A person has to find out why an event of the other Stripe mode names this checkout.";
  return null;
}
