import { expect, test } from "vitest";
import { blockedReason, type CheckoutFact, foldStatus } from "../../src/commerce/checkout-fold.ts";
import { CHECKOUT_FACTS } from "../../src/db/schema/vocabulary.ts";

/** Every set of facts that there can be. */
const SUBSETS: readonly CheckoutFact[][] = Array.from({ length: 2 ** CHECKOUT_FACTS.length }, (_, bits) =>
  CHECKOUT_FACTS.filter((_fact, index) => bits & (1 << index)),
);
const CONTRADICTIONS: readonly CheckoutFact[] = ["amount_mismatch", "currency_mismatch", "mode_mismatch"];

test("whatever contradicts the checkout blocks it, with a reason, and nothing else does", () => {
  for (const facts of SUBSETS) {
    const contradicted = facts.some((fact) => CONTRADICTIONS.includes(fact));
    expect([facts, foldStatus(facts, "open") === "blocked"]).toEqual([facts, contradicted]);
    expect([facts, blockedReason(facts) !== null]).toEqual([facts, contradicted]);
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
