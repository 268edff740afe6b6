import { businessRow } from "../db/operations.ts";
import type { ActorKind } from "../db/schema/vocabulary.ts";
import type { Actor } from "./actor.ts";
import type { ConfirmedWrite } from "./confirmed-write.ts";
import type { Context } from "./context.ts";

/** Whose a stored call is. */
interface Stored {
  readonly actorId: string;
  readonly clientId: string | null;
  readonly clientDeclared: string | null;
}

/** Somebody on whose behalf a stored call is looked at or finished while they are not calling. */
export function absentActor(kind: ActorKind, stored: Stored, write: ConfirmedWrite, ctx: Context): Actor {
  return {
    kind,
    id: stored.actorId,
    isOwner: stored.actorId === ctx.ownerUserId,
    scopes: new Set([write.scope]),
    clientId: stored.clientId,
    grantId: null,
    clientDeclared: stored.clientDeclared,
    // Nobody calls: there is no token that could have been revoked.
    standing: businessRow(ctx),
    assertStanding: () => undefined,
  };
}
