import type { PAYMENT_FACT_KINDS } from "../db/schema/vocabulary.ts";

export type PaymentFactKind = (typeof PAYMENT_FACT_KINDS)[number];

/** What is known of one refund, charge, dispute or paid invoice. Of two reports of one object the higher rank counts. */
export interface PaymentFact {
  readonly kind: PaymentFactKind;
  /** Stripe's word; for a charge `refunded_in_full` or `refunded_in_part`. */
  readonly state: string;
  readonly amountCents: number;
}

/** Where a payment stands after all that happened to it. */
export interface PaymentStanding {
  readonly refundedCents: number;
  readonly dispute: "none" | "open" | "lost";
}

/**
 * How far an object has come. Reports come in any order, and an object only moves up: a refund can fail after it
 * succeeded, a dispute ends won or lost and stays so.
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

/** The rank of a state; 0 for a word that Stripe may add later. A charge ranks by how much of it went back. */
export function factRank(kind: PaymentFactKind, state: string, amountCents: number): number {
  return kind === "charge" ? amountCents : RANKS[kind].indexOf(state) + 1;
}

const MONEY_GOES_BACK = new Set(["pending", "succeeded"]);
const WORST_FIRST: readonly PaymentStanding["dispute"][] = ["lost", "open"];
const DISPUTE_OPEN = new Set(["needs_response", "under_review"]);

/** Folds several payments of one amount: what went back is counted payment by payment, and the worst dispute counts. */
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
 * Folds what is known of one payment, whatever came first and however often.
 * A charge says how much of it went back in all: what no known refund explains is counted as refunded too.
 */
export function foldPayment(facts: readonly PaymentFact[]): PaymentStanding {
  const refunds = facts.filter(({ kind }) => kind === "refund");
  const disputes = facts.filter(({ kind }) => kind === "dispute");
  // Of a refund in a state that nobody knows yet the charge tells more than its word does.
  const told = sum(refunds.filter(({ state }) => RANKS.refund.includes(state)));
  const standing = sum(refunds.filter(({ state }) => MONEY_GOES_BACK.has(state)));
  const reported = Math.max(0, ...facts.filter(({ kind }) => kind === "charge").map(({ amountCents }) => amountCents));
  return {
    refundedCents: standing + Math.max(0, reported - told),
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
