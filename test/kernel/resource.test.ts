import { expect, test } from "vitest";
import { resources } from "../../resources/index.ts";
import { PAGE_SIZE, pageOf } from "../../src/base/list.ts";
import { Problem } from "../../src/base/problem.ts";
import { isoTime, nextVersion } from "../../src/base/time.ts";
import { type Actor, assertScope, type Scope } from "../../src/kernel/actor.ts";
import { matchResource, missingScope, readsAsOwner } from "../../src/kernel/resource.ts";

const found = (uri: string) => {
  const match = matchResource(resources, uri);
  return match && { name: match.resource.uri, params: match.params, cursor: match.cursor };
};
const actor = (isOwner: boolean, ...scopes: Scope[]): Actor => ({
  kind: "oauth_client",
  id: "user-1",
  isOwner,
  scopes: new Set<string>(scopes),
  clientId: null,
  grantId: null,
  clientDeclared: null,
  revocationCheck: { toSQL: () => ({ sql: "", params: [] }) } as unknown as Actor["revocationCheck"],
  assertNotRevoked() {},
});
const resource = (uri: string) => {
  const match = resources.find((one) => one.uri === uri);
  if (!match) throw new Error(`there is no ${uri}`);
  return match;
};

test("a URI names one resource, its parameters decoded, and nothing beside or beyond it", () => {
  expect(found("commerce://source-data")).toEqual({ name: "commerce://source-data", params: {}, cursor: undefined });
  expect(found("commerce://offers/a%2Fb%20%C3%A9")).toMatchObject({ params: { offerId: "a/b é" } });
  expect(found(`commerce://offers/${"x".repeat(600)}`)).toBeDefined();
  for (const uri of [
    "",
    "commerce://",
    "commerce://offers/",
    "commerce://offers/a/b",
    "commerce://offers/a#b",
    "commerce://offers/%",
    "commerce://offers/%ff",
    `commerce://offers/${"x".repeat(601)}`,
    "xcommerce://source-data",
    "commerce://source-data/",
    "COMMERCE://source-data",
    "commerceX//source-data",
  ]) {
    expect([uri, found(uri)]).toEqual([uri, undefined]);
  }
});

test("only a list goes on, by a cursor and by nothing else", () => {
  expect(found("commerce://checkouts?cursor=v1.a-b_c~d")).toMatchObject({ cursor: "v1.a-b_c~d" });
  for (const uri of [
    "commerce://checkouts?",
    "commerce://checkouts?cursor=",
    "commerce://checkouts?cursor=a&b=c",
    "commerce://checkouts?x=1&cursor=a",
    "commerce://checkouts?cursor=a?b",
    "commerce://checkouts?page=2",
    "commerce://source-data?cursor=a",
  ]) {
    expect([uri, found(uri)]).toEqual([uri, undefined]);
  }
});

test("any one of a resource's scopes is enough; an owner's scope is one in the owner's hands alone", () => {
  const checkouts = resource("commerce://checkouts");
  expect(missingScope(checkouts, actor(false, "checkout:write"))).toBeUndefined();
  expect(missingScope(checkouts, actor(true, "owner:read"))).toBeUndefined();
  expect(missingScope(checkouts, actor(false, "owner:read"))).toBe("checkout:write");
  expect(missingScope(checkouts, actor(true, "affiliates:write"))).toBe("checkout:write");
  expect(missingScope(resource("commerce://ledger-entries"), actor(false, "owner:read"))).toBe("owner:read");
  expect(missingScope(resource("commerce://source-data"), actor(false))).toBeUndefined();
  expect(readsAsOwner(actor(true, "owner:read"))).toBe(true);
  for (const other of [null, actor(false, "owner:read"), actor(true, "owner:write")]) {
    expect(readsAsOwner(other)).toBe(false);
  }
});

test("a write's scope is asked of the actor in the same way, and named in the refusal", () => {
  const asked = (who: Actor, scope: Scope) => {
    try {
      assertScope(who, scope);
      return "allowed";
    } catch (thrown) {
      return thrown instanceof Problem ? [thrown.code, thrown.details.detail, thrown.details.scopes] : thrown;
    }
  };
  expect(asked(actor(false, "checkout:write"), "checkout:write")).toBe("allowed");
  expect(asked(actor(true, "owner:write"), "owner:write")).toBe("allowed");
  const refused = ["insufficient_scope", "This needs the scope owner:write.", ["owner:write"]];
  expect(asked(actor(false, "owner:write"), "owner:write")).toEqual(refused);
  expect(asked(actor(true, "owner:read"), "owner:write")).toEqual(refused);
});

test("a page ends where the next begins, and the last one leads nowhere", () => {
  const rows = Array.from({ length: PAGE_SIZE + 1 }, (_, at) => ({ id: `row-${at}`, createdAt: 1000 - at }));
  const position = ({ id, createdAt }: (typeof rows)[number]) => ({ id, createdAt });
  expect(PAGE_SIZE).toBe(25);
  expect(pageOf([], position)).toEqual({ page: [] });
  expect(pageOf(rows.slice(0, PAGE_SIZE), position)).toEqual({ page: rows.slice(0, PAGE_SIZE) });
  expect(pageOf(rows, position)).toEqual({
    page: rows.slice(0, PAGE_SIZE),
    last: { id: "row-24", createdAt: 976 },
  });
});

test("versions grow with the clock, and by one where it stands or goes back", () => {
  expect([nextVersion(5, 9), nextVersion(5, 6), nextVersion(5, 5), nextVersion(5, 1)]).toEqual([9, 6, 6, 6]);
  expect(isoTime(Date.UTC(2026, 10, 24, 1, 2, 3, 4))).toBe("2026-11-24T01:02:03.004Z");
});
