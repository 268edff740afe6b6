import { Problem } from "../base/problem.ts";
import type { Query } from "../db/database.ts";
import type { ActorKind } from "../db/schema/vocabulary.ts";
import type { Store } from "../db/store.ts";

export const SCOPES = ["checkout:write", "affiliates:write", "owner:read", "owner:write"] as const;
export type Scope = (typeof SCOPES)[number];

/** The person a call is for and the client that carried it, as proven by a token, a session or a link. */
export interface Actor {
  readonly kind: ActorKind;
  /** User id; never leaves the Worker. */
  readonly id: string;
  readonly isOwner: boolean;
  readonly scopes: ReadonlySet<string>;
  /** The OAuth client that carried the call; null on our own pages. */
  readonly clientId: string | null;
  /** The consent that the client acts under; null on our own pages. */
  readonly grantId: string | null;
  /** Name and version that the client declares for itself, as JSON; unproven. */
  readonly clientDeclared: string | null;
  /** Set for a buyer with a return link: the only checkout that this actor can act on. */
  readonly boundToCheckout?: string;
  /** Reads whether the token or session was revoked. It runs in the batch of the call, so a revocation counts at once. */
  readonly revocationCheck: Query;
  /** Takes the rows of `revocationCheck`. Throws `unauthenticated` when the token or session was revoked. */
  assertNotRevoked(rows: unknown): void;
}

/** Throws `unauthenticated` when the actor's token or session was revoked. One round trip. */
export async function assertActorNotRevoked(actor: Actor, { db }: Pick<Store, "db">): Promise<void> {
  const { revocationCheck } = await db.read({ revocationCheck: actor.revocationCheck });
  actor.assertNotRevoked(revocationCheck);
}

/** Scopes that only the owner can be granted. */
export function isOwnerScope(scope: Scope): boolean {
  return scope.startsWith("owner:");
}

/** Whether the actor holds the scope; an owner scope counts only for the owner. */
export function holdsScope(actor: Actor, scope: Scope): boolean {
  return actor.scopes.has(scope) && (!isOwnerScope(scope) || actor.isOwner);
}

/** Throws `insufficient_scope` unless the actor holds the scope. */
export function assertScope(actor: Actor, scope: Scope): void {
  if (!holdsScope(actor, scope)) throw insufficientScope(scope);
}

/** The refusal of an actor who lacks the scope. */
export function insufficientScope(scope: Scope): Problem {
  return new Problem("insufficient_scope", { detail: `This needs the scope ${scope}.`, scopes: [scope] });
}
