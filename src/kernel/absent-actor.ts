import { businessRow } from "../db/operations.ts";
import type { ActorKind } from "../db/schema/vocabulary.ts";
import type { Actor } from "./actor.ts";
import type { ConfirmedWrite } from "./confirmed-write.ts";
import type { Context } from "./context.ts";

/** The actor and client of a stored call. */
interface StoredActor {
  readonly actorId: string;
  readonly clientId: string | null;
  readonly clientDeclared: string | null;
}

/** The actor of a stored call that the server reads or finishes by itself, without a request of that person. */
export function absentActor(kind: ActorKind, stored: StoredActor, write: ConfirmedWrite, ctx: Context): Actor {
  return {
    kind,
    id: stored.actorId,
    isOwner: stored.actorId === ctx.ownerUserId,
    scopes: new Set([write.scope]),
    clientId: stored.clientId,
    grantId: null,
    clientDeclared: stored.clientDeclared,
    // Without a request there is no token that could have been revoked.
    revocationCheck: businessRow(ctx),
    assertNotRevoked: () => undefined,
  };
}
