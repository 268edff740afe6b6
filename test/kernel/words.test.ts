import { expect, test } from "vitest";
import { blockedWords, eventReasonWords, subjectStatusWords } from "../../src/commerce/words.ts";
import { BLOCKED_REASONS, EVENT_REFUSALS } from "../../src/db/schema/vocabulary.ts";

test("a state is told in the words of its own subject, where others call theirs the same", () => {
  expect(subjectStatusWords("billing-subscription-1", "canceled")).toBe("ended");
  expect(subjectStatusWords("checkout-intent-1", "canceled")).toBe("ended without payment");
  expect(subjectStatusWords("approval-1", "expired")).toBe("expired");
  expect(subjectStatusWords("checkout-intent-1", "expired")).toBe("ended without payment");
  expect(subjectStatusWords("plan-entitlement-1", "inactive")).toBe("ended");
  expect(subjectStatusWords("sign-up", "by_invitation")).toBe("by invitation");
});

test("every reason of a blocked checkout is told in words of its own, with what the owner does about it", () => {
  const told = BLOCKED_REASONS.flatMap((reason) => [blockedWords(reason, null), blockedWords(reason, "starter")]);
  // The reasons of a missing or mispriced payment page are the same for a plan.
  expect(new Set(told).size).toBe(BLOCKED_REASONS.length + 3);
  for (const words of told) expect(words).toMatch(/^Stripe.* (then|nothing to do).*\.$/);
  expect(blockedWords("amount_mismatch", null)).toMatch(/another amount .* Compare .* refund the payment in full/);
  expect(blockedWords("currency_mismatch", null)).toContain("another currency");
  expect(blockedWords("mode_mismatch", null)).toContain("another Stripe mode");
  expect(blockedWords("amount_mismatch", null)).not.toContain("subscription");
  expect(blockedWords("amount_mismatch", "starter")).toContain("cancel its subscription at Stripe");
});

test("every reason of a blocked event has words of its own; the fault of a failed one is told as it is", () => {
  const reasons = [...EVENT_REFUSALS, ...BLOCKED_REASONS];
  const told = reasons.map(eventReasonWords);
  for (const words of told) expect(words).toMatch(/^It.* .*\.$/);
  expect(new Set(told).size).toBe(reasons.length);
  expect(eventReasonWords("Error: a defect")).toBe("Error: a defect");
  expect(eventReasonWords("constructor")).toBe("constructor");
});
