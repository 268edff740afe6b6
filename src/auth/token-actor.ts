import type { Database } from "../db/database.ts";
import type { Actor } from "../kernel/actor.ts";
import { assertGrant, grantCheck } from "./grants.ts";
import type { Principal } from "./principal.ts";

/** The actor behind a bearer token. Its grant is checked in the batch that the call reads anyway. */
export function tokenActor(principal: Principal, db: Database, clientDeclared: string | null): Actor {
  return {
    kind: "oauth_client",
    id: principal.userId,
    isOwner: principal.isOwner,
    scopes: principal.scopes,
    clientId: principal.clientId,
    grantId: principal.grantId,
    clientDeclared,
    revocationCheck: grantCheck(db, principal.grantId, principal.userId),
    // The caller passes the rows of `revocationCheck`.
    assertNotRevoked: (rows) => assertGrant(rows as Parameters<typeof assertGrant>[0], principal),
  };
}
