import { expect, test } from "vitest";
import { maskedAddress } from "../../src/base/masked-address.ts";

test.each([
  ["mia@example.com", "m…@e….com"],
  ["zoë.b@mail.example.co.uk", "z…@m….uk"],
  // A whole character, also one of two code units.
  ["😀x@example.com", "😀…@e….com"],
  // The last sign divides name and domain.
  ['"a@b"@example.com', '"…@e….com'],
  // A domain without an ending shows none.
  ["mia@localhost", "m…@l…"],
  ["mia@.com", "m…@.…"],
  ["@example.com", "…@e….com"],
  ["mia", "…@m…"],
  ["", "…@…"],
])("%s passes through an app as %s", (address, masked) => {
  expect(maskedAddress(address)).toBe(masked);
});
