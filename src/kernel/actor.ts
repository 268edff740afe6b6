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
  /** What the client said of itself; proves nothing. */
  readonly clientDeclared: string | null;
  /** Set for a buyer who came by a return link: the only checkout that this actor can act on. */
  readonly boundToCheckout?: string;
  /** The rows that tell a revocation. Read in the batch of the call, so a revocation counts at once. */
  readonly revocationCheck: Query;
  /** Throws `unauthenticated` when the rows say that the token or session was revoked. */
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

/** Throws `insufficient_scope` unless the actor holds the scope, and for an owner's scope is the owner. */
export function assertScope(actor: Actor, scope: Scope): void {
  if (actor.scopes.has(scope) && (!isOwnerScope(scope) || actor.isOwner)) return;
  throw new Problem("insufficient_scope", { detail: `This needs the scope ${scope}.`, scopes: [scope] });
}
