import { isOwnerScope, SCOPES, type Scope } from "../kernel/actor.ts";

/**
 * The name of each scope for people, and what it does not reach. What it opens is read from the declarations of tools and
 * resources (`scopeUses`).
 */
export const scopeWords = {
  "checkout:write": { title: "Start checkouts for you", note: "It can't pay for you." },
  "affiliates:write": {
    title: "Record referral evidence",
    note: "The owner reviews what it records; it pays no commission.",
  },
  "owner:read": { title: "Read as the owner", note: "It sees the rows of all people." },
  "owner:write": { title: "Act as the owner", note: "It can't pay out, refund or remove access." },
} as const satisfies Record<Scope, { title: string; note: string }>;

/** The scopes that any signed-in person can grant. The first challenge names all of them: some clients can't ask for more later. */
export const everydayScopes: readonly Scope[] = SCOPES.filter((scope) => !isOwnerScope(scope));
/** The scopes that only the owner of the business can grant, and never by default. */
export const ownerScopes: readonly Scope[] = SCOPES.filter(isOwnerScope);

/**
 * The requested scopes that this person can grant, in the order of the list; unknown words, and scopes that are not offered,
 * are dropped (RFC 6749 section 3.3). Applied at consent and again at every use of a token, so that an owner scope never
 * works for another person.
 */
export function entitledScopes(
  requested: Iterable<string>,
  person: { isOwner: boolean },
  offered: readonly Scope[] = SCOPES,
): Scope[] {
  const asked = new Set(requested);
  return offered.filter((scope) => asked.has(scope) && (person.isOwner || !isOwnerScope(scope)));
}

/** The words that are scopes and are offered. */
export function knownScopes(words: readonly string[], offered: readonly Scope[] = SCOPES): Scope[] {
  return offered.filter((scope) => words.includes(scope));
}
