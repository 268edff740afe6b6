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
  // The weakest: what Stripe tells of a session counts more than a refusal to make one.
  ["provider_refused", "failed"],
];

/** Facts in which Stripe's session differs from what was confirmed; where several are known, the first is named. */
const CONTRADICTIONS = ["amount_mismatch", "currency_mismatch", "mode_mismatch"] as const satisfies CheckoutFact[];
type Contradiction = (typeof CONTRADICTIONS)[number];
const contradicts = (fact: CheckoutFact): boolean => CONTRADICTIONS.some((one) => one === fact);

/** The status of a checkout by its facts; `otherwise` while it has none. */
export function foldStatus(facts: Iterable<CheckoutFact>, otherwise: CheckoutStatus): CheckoutStatus {
  const known = new Set(facts);
  const counts = (fact: CheckoutFact) => known.has(fact) && !(contradicts(fact) && endedUnpaid(known));
  return STATUS_OF_FACT.find(([fact]) => counts(fact))?.[1] ?? otherwise;
}

/** True when the session ended without payment: a price mismatch no longer matters. */
function endedUnpaid(known: ReadonlySet<CheckoutFact>): boolean {
  if (known.has("paid") || known.has("no_payment_required")) return false;
  if (known.has("session_complete")) return known.has("payment_failed");
  return known.has("session_expired") || known.has("expired_by_actor");
}

/** True when money came in or nothing was to pay, and no fact contradicts what was confirmed. */
export function givesAccess(facts: Iterable<CheckoutFact>): boolean {
  const known = new Set(facts);
  const status = foldStatus(known, "created");
  return status === "paid" || (status === "completed" && known.has("no_payment_required"));
}

/** The contradiction that blocks a checkout; null where none does. */
export function contradictionIn(facts: Iterable<CheckoutFact>): Contradiction | null {
  const known = new Set(facts);
  if (foldStatus(known, "created") !== "blocked") return null;
  return CONTRADICTIONS.find((fact) => known.has(fact)) ?? null;
}
