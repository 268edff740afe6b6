import type { PAYMENT_FACT_KINDS } from "../db/schema/vocabulary.ts";

type PaymentFactKind = (typeof PAYMENT_FACT_KINDS)[number];

/** The state of one refund, charge, dispute or invoice payment, as Stripe reported it. */
export interface PaymentFact {
  readonly kind: PaymentFactKind;
  /** Stripe's word; for a charge `refunded_in_full` or `refunded_in_part`. */
  readonly state: string;
  readonly amountCents: number;
}

/** How much of one or more payments went back, and their worst dispute. */
export interface PaymentStanding {
  readonly refundedCents: number;
  readonly dispute: "none" | "open" | "lost";
}

/**
 * The states of each object, in the order in which it passes them. Reports arrive in any order, and the furthest state
 * counts: a refund can fail after it succeeded, and a dispute stays won or lost.
 */
const RANKS: Readonly<Record<Exclude<PaymentFactKind, "charge">, readonly string[]>> = {
  invoice_payment: ["paid"],
  refund: ["requires_action", "pending", "succeeded", "canceled", "failed"],
  dispute: [
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "prevented",
    "needs_response",
    "under_review",
    "won",
    "lost",
  ],
};

/** The rank of a state; 0 for a state that Stripe may add later. A charge ranks by how much of it went back. */
export function factRank(kind: PaymentFactKind, state: string, amountCents: number): number {
  return kind === "charge" ? amountCents : RANKS[kind].indexOf(state) + 1;
}

const MONEY_GOES_BACK = new Set(["pending", "succeeded"]);
const WORST_FIRST: readonly PaymentStanding["dispute"][] = ["lost", "open"];
const DISPUTE_OPEN = new Set(["needs_response", "under_review"]);

/** Whether a dispute, or the inquiry before one, waits for the owner's answer. */
export const disputeWaits = (state: string): boolean =>
  state === "needs_response" || state === "warning_needs_response";

/** Folds the facts of several payments: their refunds add up, and the worst dispute counts. */
export function foldPayments(
  facts: readonly (PaymentFact & { readonly stripePaymentIntentId: string })[],
): PaymentStanding {
  const each = [...Map.groupBy(facts, (fact) => fact.stripePaymentIntentId).values()].map(foldPayment);
  return {
    refundedCents: each.reduce((total, { refundedCents }) => total + refundedCents, 0),
    dispute: WORST_FIRST.find((word) => each.some(({ dispute }) => dispute === word)) ?? "none",
  };
}

/**
 * Folds the facts of one payment; their order and repetition change nothing. A charge reports a refunded total: the part
 * of it that no known refund accounts for counts as refunded, too.
 */
function foldPayment(facts: readonly PaymentFact[]): PaymentStanding {
  const refunds = facts.filter(({ kind }) => kind === "refund");
  const disputes = facts.filter(({ kind }) => kind === "dispute");
  // A refund in a state that this code does not know accounts for nothing: there the charge's total decides.
  const accountedFor = sum(refunds.filter(({ state }) => RANKS.refund.includes(state)));
  const refunded = sum(refunds.filter(({ state }) => MONEY_GOES_BACK.has(state)));
  const total = Math.max(0, ...facts.filter(({ kind }) => kind === "charge").map(({ amountCents }) => amountCents));
  return {
    refundedCents: refunded + Math.max(0, total - accountedFor),
    dispute: disputes.some(({ state }) => state === "lost")
      ? "lost"
      : disputes.some(({ state }) => DISPUTE_OPEN.has(state))
        ? "open"
        : "none",
  };
}

function sum(facts: readonly PaymentFact[]): number {
  return facts.reduce((total, { amountCents }) => total + amountCents, 0);
}
