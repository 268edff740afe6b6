import type { ApprovalRow } from "../db/approvals.ts";
import { businessRow } from "../db/operations.ts";
import type { Actor } from "../kernel/actor.ts";
import { askerKind } from "../kernel/approval.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import type { Context } from "../kernel/context.ts";
import { assertGrant, grantCheck } from "./grants.ts";
import type { Person } from "./people.ts";
import { entitledScopes } from "./scopes.ts";

/**
 * The actor of an approved call: the person and client that asked for the approval. The client's grant must be in
 * force when the call runs, so a revoked grant ends the approvals that were asked for under it.
 */
export function approvingActor(approval: ApprovalRow, person: Person, write: ConfirmedWrite, ctx: Context): Actor {
  const scopes = new Set(entitledScopes([write.scope], person));
  const { grantId, clientId, clientDeclared, actorId } = approval;
  return {
    kind: askerKind(clientId, person.isOwner),
    id: actorId,
    isOwner: person.isOwner,
    scopes,
    clientId,
    grantId,
    clientDeclared,
    revocationCheck: grantId === null ? businessRow(ctx) : grantCheck(ctx.db, grantId, actorId),
    assertNotRevoked(rows) {
      // The caller passes the rows of `revocationCheck`.
      if (grantId !== null) assertGrant(rows as Parameters<typeof assertGrant>[0], { scopes });
    },
  };
}
