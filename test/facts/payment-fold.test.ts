import { expect, test } from "vitest";
import { disputeWaits, factRank, foldPayments, type PaymentFact } from "../../src/facts/payment-fold.ts";

const refund = (amountCents: number, state = "succeeded"): PaymentFact => ({ kind: "refund", state, amountCents });
const dispute = (state: string): PaymentFact => ({ kind: "dispute", state, amountCents: 900 });
/** What a charge says of how much of it went back in all. */
const charge = (amountCents: number): PaymentFact => ({ kind: "charge", state: "refunded_in_part", amountCents });
const foldPayment = (facts: PaymentFact[]) =>
  foldPayments(facts.map((fact) => ({ ...fact, stripePaymentIntentId: "pi_of_one_payment" })));
const refunded = (...facts: PaymentFact[]) => foldPayment(facts).refundedCents;

test("nothing known is nothing refunded and nothing disputed", () => {
  expect(foldPayment([])).toEqual({ refundedCents: 0, dispute: "none" });
  expect(foldPayment([{ kind: "invoice_payment", state: "paid", amountCents: 900 }])).toEqual({
    refundedCents: 0,
    dispute: "none",
  });
});

test("a refund counts while its money is on the way or gone, and in no other state", () => {
  expect(refunded(refund(900, "pending"))).toBe(900);
  expect(refunded(refund(900, "succeeded"))).toBe(900);
  for (const state of ["requires_action", "canceled", "failed", "of_next_year"]) {
    expect([state, refunded(refund(900, state))]).toEqual([state, 0]);
  }
  expect(refunded(refund(500), refund(300, "pending"), refund(100, "failed"))).toBe(800);
});

test("what a charge says beyond the refunds that are known is refunded too, and nothing twice", () => {
  expect(refunded(charge(900))).toBe(900);
  expect(refunded(charge(900), refund(900))).toBe(900);
  expect(refunded(charge(900), refund(500))).toBe(900);
  expect(refunded(charge(500), refund(900))).toBe(900);
  expect(refunded(charge(300), charge(900))).toBe(900);
  // The charge may have counted a refund that failed since: it explains what the charge said, and takes nothing.
  expect(refunded(charge(900), refund(900, "failed"))).toBe(0);
  // A status that is still unknown explains nothing: the charge counts.
  expect(refunded(charge(900), refund(900, "of_next_year"))).toBe(900);
});

test("a lost dispute is lost whatever else there is; open ones are open, warnings and won ones are none", () => {
  const told = (...states: string[]) => foldPayment(states.map(dispute)).dispute;
  for (const state of ["needs_response", "under_review"]) expect([state, told(state)]).toEqual([state, "open"]);
  for (const state of [
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "prevented",
    "won",
    "of_next_year",
  ]) {
    expect([state, told(state)]).toEqual([state, "none"]);
  }
  expect(told("lost")).toBe("lost");
  expect(told("won", "needs_response", "lost")).toBe("lost");
  expect(told("won", "under_review")).toBe("open");
  expect(foldPayment([dispute("lost"), refund(900)])).toEqual({ refundedCents: 900, dispute: "lost" });
});

test("the owner is waited for while Stripe asks for a response, before a dispute and in one", () => {
  const waiting = ["warning_needs_response", "needs_response"];
  for (const state of waiting) expect([state, disputeWaits(state)]).toEqual([state, true]);
  for (const state of [
    "warning_under_review",
    "warning_closed",
    "prevented",
    "under_review",
    "won",
    "lost",
    "of_next_year",
  ]) {
    expect([state, disputeWaits(state)]).toEqual([state, false]);
  }
});

test("objects only move up: each later state outranks the earlier ones, and an unknown word outranks none", () => {
  const orders = {
    refund: ["of_next_year", "requires_action", "pending", "succeeded", "canceled", "failed"],
    dispute: [
      "of_next_year",
      "warning_needs_response",
      "warning_under_review",
      "warning_closed",
      "prevented",
      "needs_response",
      "under_review",
      "won",
      "lost",
    ],
    invoice_payment: ["of_next_year", "paid"],
  } as const;
  for (const [kind, states] of Object.entries(orders)) {
    const ranks = states.map((state) => factRank(kind as keyof typeof orders, state, 900));
    expect([kind, ranks]).toEqual([kind, states.map((_, rank) => rank)]);
  }
  // Of two reports of one charge the one with more gone back is the later.
  expect([0, 1, 900].map((cents) => factRank("charge", "refunded_in_part", cents))).toEqual([0, 1, 900]);
});

test("several payments are folded each by itself: what one tells explains nothing of another", () => {
  const of = (stripePaymentIntentId: string, ...facts: PaymentFact[]) =>
    facts.map((fact) => ({ ...fact, stripePaymentIntentId }));
  const charge = (amountCents: number): PaymentFact => ({ kind: "charge", state: "refunded_in_full", amountCents });
  expect(foldPayments([])).toEqual({ refundedCents: 0, dispute: "none" });
  expect(foldPayments([...of("pi_a", charge(5000)), ...of("pi_b", charge(4700))]).refundedCents).toBe(9700);
  expect(foldPayments([...of("pi_a", charge(5000)), ...of("pi_b", refund(4700))]).refundedCents).toBe(9700);
  expect(foldPayments([...of("pi_a", charge(900)), ...of("pi_b", refund(900, "failed"))]).refundedCents).toBe(900);
  expect(foldPayments([...of("pi_a", dispute("under_review")), ...of("pi_b", dispute("lost"))]).dispute).toBe("lost");
  expect(foldPayments([...of("pi_a", dispute("won")), ...of("pi_b", dispute("under_review"))]).dispute).toBe("open");
});
