import { expect, test } from "vitest";
import { isFresh, signInPath } from "../../src/auth/fresh-sign-in.ts";
import type { Person } from "../../src/auth/people.ts";
import { pathOf, safeReturn } from "../../src/auth/return-to.ts";
import { entitledScopes, everydayScopes, knownScopes, ownerScopes } from "../../src/auth/scopes.ts";

const ORIGIN = "https://shop.example";

test("a path of ours is gone back to as it is; anything else is the fallback", () => {
  const back = (value: string | null | undefined) => safeReturn(value, ORIGIN, "/account");
  for (const path of ["/", "/owner?x=1&y=%2F", "/a/b#c"]) expect(back(path)).toBe(`${ORIGIN}${path}`);
  const others = [null, undefined, "", "account", "https://shop.example/owner", "//evil.example", "/\\evil.example"];
  for (const value of [...others, "/.//evil.example", "/\t/evil.example", "http://[", "/\\["]) {
    expect([value, back(value)]).toEqual([value, `${ORIGIN}/account`]);
  }
  expect(pathOf(new URL(`${ORIGIN}/owner/people?page=2#x`))).toBe("/owner/people?page=2");
});

test("a sign-in is fresh for a quarter of an hour, to the millisecond", () => {
  const person = { signedInAt: 1_000_000 } as Person;
  const at = (ms: number) => isFresh(person, person.signedInAt + ms);
  expect([at(0), at(15 * 60_000), at(15 * 60_000 + 1)]).toEqual([true, true, false]);
  expect(signInPath("/owner?x=1")).toBe("/sign-in?returnTo=%2Fowner%3Fx%3D1");
  expect(signInPath("/owner", { again: true })).toBe("/sign-in?returnTo=%2Fowner&again=1");
});

test("a person is granted what they asked for and may have, in one order, and unknown words are dropped", () => {
  const all = ["owner:write", "checkout:write", "x", "owner:read", "affiliates:write", "checkout:write"];
  expect(entitledScopes(all, { isOwner: true })).toEqual([
    "checkout:write",
    "affiliates:write",
    "owner:read",
    "owner:write",
  ]);
  expect(entitledScopes(all, { isOwner: false })).toEqual(["checkout:write", "affiliates:write"]);
  expect(entitledScopes(["owner:read"], { isOwner: false })).toEqual([]);
  expect(entitledScopes([], { isOwner: true })).toEqual([]);
  expect(knownScopes(["owner:read", "gone", "affiliates:write"])).toEqual(["affiliates:write", "owner:read"]);
  expect(everydayScopes).toEqual(["checkout:write", "affiliates:write"]);
  expect(ownerScopes).toEqual(["owner:read", "owner:write"]);
});
