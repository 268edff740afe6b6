import { isOwnerScope, SCOPES, type Scope } from "../kernel/actor.ts";

/** The words of the consent page for each scope. They promise no more than the code does. */
export const scopeWords = {
  "checkout:write": {
    title: "Start checkouts for you",
    detail:
      "Create and expire checkouts, record your answers to offers, and read your own checkouts. It can't pay for you.",
  },
  "affiliates:write": {
    title: "Record referral evidence",
    detail: "Record that a referral led to a checkout, for the owner to review. This pays no commission.",
  },
  "owner:read": {
    title: "Read as the owner",
    detail: "See commission entries, entitlements, product files, the audit trail and all checkouts.",
  },
  "owner:write": {
    title: "Act as the owner",
    detail: "Review commission evidence, record access-removal intents and upload private product files.",
  },
} as const satisfies Record<Scope, { title: string; detail: string }>;

/** The scopes that any signed-in person can grant. The first challenge names all of them: some clients can't ask for more later. */
export const everydayScopes: readonly Scope[] = SCOPES.filter((scope) => !isOwnerScope(scope));
/** The scopes that only the owner of the business can grant, and never by default. */
export const ownerScopes: readonly Scope[] = SCOPES.filter(isOwnerScope);

/**
 * The requested scopes that this person can grant, in the order of the list; unknown words are dropped (RFC 6749 section 3.3).
 * Applied at consent and again at every use of a token, so that an owner scope never works for another person.
 */
export function entitledScopes(requested: Iterable<string>, person: { isOwner: boolean }): Scope[] {
  const asked = new Set(requested);
  return SCOPES.filter((scope) => asked.has(scope) && (person.isOwner || !isOwnerScope(scope)));
}

/** The stored scope words that are still scopes. */
export function knownScopes(words: readonly string[]): Scope[] {
  return SCOPES.filter((scope) => words.includes(scope));
}
