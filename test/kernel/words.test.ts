import { expect, test } from "vitest";
import { becameWords } from "../../src/commerce/words.ts";

test("a state is told in the words of its own subject, where others call theirs the same", () => {
  expect(becameWords("billing-subscription-1", "canceled")).toBe("ended");
  expect(becameWords("checkout-intent-1", "canceled")).toBe("ended without payment");
  expect(becameWords("approval-1", "expired")).toBe("expired");
  expect(becameWords("checkout-intent-1", "expired")).toBe("ended without payment");
  expect(becameWords("plan-entitlement-1", "inactive")).toBe("ended");
  expect(becameWords("sign-up", "by_invitation")).toBe("by invitation");
});
