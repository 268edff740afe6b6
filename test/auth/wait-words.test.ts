import { expect, test } from "vitest";
import { waitWords } from "../../src/auth/faults.ts";

test.each([
  [1, "1 second"],
  [119, "119 seconds"],
  [120, "2 minutes"],
  [7199, "120 minutes"],
  [7200, "2 hours"],
  [86_400, "24 hours"],
])("who is told to wait %i s reads: %s", (retryAfterSeconds, wait) => {
  const words = waitWords({ kind: "too_many_attempts", retryAfterSeconds });
  expect(words).toBe(`Too many attempts. Try again in ${wait}.`);
});
