import { isOwnerScope, SCOPES, type Scope } from "../kernel/actor.ts";

export type { Scope };

/** What a token may do. The words are shown to the person who is asked, so they promise no more than the code does. */
export const scopeWords = {
  "checkout:write": {
    title: "Start checkouts for you",
    detail:
      "Create and expire checkouts, record your answers to offers, and read your own checkouts. Paying is always yours.",
  },
  "affiliates:write": {
    title: "Record referral evidence",
    detail: "Note that a referral led to a checkout, for later review. It pays nobody.",
  },
  "owner:read": {
    title: "Read as the owner",
    detail: "See commission entries, entitlements, product files, the audit trail and everyone's checkouts.",
  },
  "owner:write": {
    title: "Act as the owner",
    detail: "Review commission evidence, record access-removal intents and upload private product files.",
  },
} as const satisfies Record<Scope, { title: string; detail: string }>;

/** What any signed-in person can grant: the first challenge asks for all of it, as some clients can't ask again. */
export const everydayScopes: readonly Scope[] = SCOPES.filter((scope) => !isOwnerScope(scope));
/** What only the owner of the business can grant, and never by default. */
export const ownerScopes: readonly Scope[] = SCOPES.filter(isOwnerScope);

/**
 * The scopes that count for this person, in the order of the list; unknown words are dropped (RFC 6749 section 3.3).
 * Used at consent and again at every use: a token that somehow names an owner scope gives it to nobody else.
 */
export function entitledScopes(requested: Iterable<string>, person: { isOwner: boolean }): Scope[] {
  const asked = new Set(requested);
  return SCOPES.filter((scope) => asked.has(scope) && (person.isOwner || !isOwnerScope(scope)));
}

/** Of stored scope words, the ones that still mean something. */
export function knownScopes(words: readonly string[]): Scope[] {
  return SCOPES.filter((scope) => words.includes(scope));
}
