import { expect, test } from "vitest";
import { requestFault } from "../../src/auth/request-fault.ts";

const whole = { response_type: "code", code_challenge: "a".repeat(43), code_challenge_method: "S256" };
const faultOf = (changes: Readonly<Record<string, string>>, repeated = "") =>
  requestFault(new URLSearchParams(`${new URLSearchParams({ ...whole, ...changes })}${repeated}`));

test("an authorization request that has what it needs has no fault", () => {
  expect(faultOf({})).toBeUndefined();
  expect(faultOf({}, "&resource=a&resource=b")).toBeUndefined();
});

test.each([
  [{ response_type: "" }, "", "The request lacks response_type."],
  [{ code_challenge: "" }, "", "The request lacks PKCE (code_challenge)."],
  [{ code_challenge_method: "plain" }, "", "The request uses PKCE by another method than S256."],
  [{ code_challenge: "a".repeat(42) }, "", "The code_challenge of the request is not 43 characters of base64url."],
  [{}, "&scope=a&scope=b", "The request names scope more than once."],
  [{}, "&%3Cb%3E=1&%3Cb%3E=2", "The request names a parameter more than once."],
] as const)("%o%s: %s", (changes, repeated, words) => {
  expect(faultOf(changes, repeated)).toEqual({ code: "invalid_request", words });
});

test("a request for anything but a code is unsupported", () => {
  expect(faultOf({ response_type: "token" })).toEqual({
    code: "unsupported_response_type",
    words: "The request asks for something else than a code.",
  });
});
