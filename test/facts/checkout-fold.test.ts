import { expect, test } from "vitest";
import { CHECKOUT_FACTS } from "../../src/db/schema/vocabulary.ts";
import { type CheckoutFact, contradictionIn, foldStatus, givesAccess } from "../../src/facts/checkout-fold.ts";

/** Every set of facts that there can be. */
const SUBSETS: readonly CheckoutFact[][] = Array.from({ length: 2 ** CHECKOUT_FACTS.length }, (_, bits) =>
  CHECKOUT_FACTS.filter((_fact, index) => bits & (1 << index)),
);
const CONTRADICTIONS: readonly CheckoutFact[] = ["amount_mismatch", "currency_mismatch", "mode_mismatch"];

/** Ended without a payment: no payment can follow. */
const endedUnpaid = (facts: readonly CheckoutFact[]) =>
  !facts.includes("paid") &&
  !facts.includes("no_payment_required") &&
  (facts.includes("session_complete")
    ? facts.includes("payment_failed")
    : facts.includes("session_expired") || facts.includes("expired_by_actor"));

test("whatever contradicts the checkout blocks it, with a reason, unless it ended unpaid; and nothing else does", () => {
  for (const facts of SUBSETS) {
    const blocks = facts.some((fact) => CONTRADICTIONS.includes(fact)) && !endedUnpaid(facts);
    expect([facts, foldStatus(facts, "open") === "blocked"]).toEqual([facts, blocks]);
    expect([facts, contradictionIn(facts) !== null]).toEqual([facts, blocks]);
    if (blocks) expect([facts, givesAccess(facts)]).toEqual([facts, false]);
  }
});

test("what ended unpaid is as if nothing had contradicted it", () => {
  for (const facts of SUBSETS.filter(endedUnpaid)) {
    const others = facts.filter((fact) => !CONTRADICTIONS.includes(fact));
    expect([facts, foldStatus(facts, "open")]).toEqual([facts, foldStatus(others, "open")]);
  }
});

test("paid wins over everything but a contradiction, and only Stripe's word makes it", () => {
  for (const facts of SUBSETS) {
    if (facts.some((fact) => CONTRADICTIONS.includes(fact))) continue;
    expect([facts, foldStatus(facts, "open") === "paid"]).toEqual([facts, facts.includes("paid")]);
  }
});

test("neither the order nor the number of tellings changes the status", () => {
  for (const facts of SUBSETS) {
    const once = foldStatus(facts, "open");
    expect(foldStatus([...facts].reverse(), "open")).toBe(once);
    expect(foldStatus([...facts, ...facts, ...facts.slice(1)], "open")).toBe(once);
  }
});

test("without a fact a checkout stays what it is", () => {
  for (const status of ["created", "open", "blocked"] as const) expect(foldStatus([], status)).toBe(status);
});

test("each fact alone makes its status", () => {
  const alone = CHECKOUT_FACTS.map((fact) => [fact, foldStatus([fact], "open")]);
  expect(Object.fromEntries(alone)).toEqual({
    session_complete: "completed",
    no_payment_required: "completed",
    paid: "paid",
    payment_failed: "failed",
    session_expired: "expired",
    expired_by_actor: "canceled",
    amount_mismatch: "blocked",
    currency_mismatch: "blocked",
    mode_mismatch: "blocked",
    provider_refused: "failed",
  });
  // What Stripe tells of a session later counts more than its refusal to make one.
  expect(CHECKOUT_FACTS.map((fact) => foldStatus(["provider_refused", fact], "open"))).toEqual(
    alone.map(([, status]) => status),
  );
});

test("a failed payment is not hidden by the session, and who ended it is remembered", () => {
  expect(foldStatus(["session_complete", "payment_failed"], "open")).toBe("failed");
  expect(foldStatus(["no_payment_required", "payment_failed"], "open")).toBe("completed");
  expect(foldStatus(["session_expired", "expired_by_actor"], "open")).toBe("canceled");
  expect(foldStatus(["session_expired", "session_complete"], "open")).toBe("completed");
});

test("money, or nothing to pay, gives access; a contradiction takes it, and nothing else gives any", () => {
  for (const facts of SUBSETS) {
    const contradicted = facts.some((fact) => CONTRADICTIONS.includes(fact));
    const gives = !contradicted && (facts.includes("paid") || facts.includes("no_payment_required"));
    expect([facts, givesAccess(facts)]).toEqual([facts, gives]);
  }
});

test("of several contradictions one is the reason, the amount first", () => {
  const reason = (...facts: CheckoutFact[]) => contradictionIn(facts);
  expect(reason("amount_mismatch", "currency_mismatch", "mode_mismatch")).toBe("amount_mismatch");
  expect(reason("mode_mismatch", "currency_mismatch")).toBe("currency_mismatch");
  expect(reason("mode_mismatch", "paid")).toBe("mode_mismatch");
  expect(reason("paid")).toBeNull();
});
