import { expect, test } from "vitest";
import { signInFields } from "../../src/auth/credentials.ts";
import { readFields } from "../../src/auth/faults.ts";

const errorsOf = (input: unknown) => {
  const read = readFields(signInFields, input);
  return read.kind === "invalid_fields" ? read.errors : undefined;
};
const good = { email: " Nia@Example.com ", password: "first password" };

test("an address is read without blanks and in lower case", () => {
  expect(readFields(signInFields, good)).toEqual({
    kind: "valid_fields",
    fields: { email: "nia@example.com", password: "first password" },
  });
});

test.each([
  ["no address", { email: "nia" }, "That is not an e-mail address. It looks like name@example.com."],
  ["a long address", { email: `${"n".repeat(250)}@example.com` }, "The e-mail address is longer than 254 characters."],
  ["a NUL", { email: "nia\u0000@example.com" }, "The e-mail address has characters that can't be used."],
  ["no password", { password: "" }, "The password is missing."],
  ["a long password", { password: "p".repeat(129) }, "The password is longer than 128 characters."],
  ["half a character", { password: "\ud800" }, "The password has characters that can't be used."],
])("%s is refused with its rule", (_what, change, rule) => {
  const [field = ""] = Object.keys(change);
  expect(errorsOf({ ...good, ...change })).toEqual({ [field]: rule });
});
