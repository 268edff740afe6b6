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
 * The asker of an approval, with its own person at our page. The client is the one that asked, and it must still be
 * allowed to: a consent that was taken back takes what it asked for with it.
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
    standing: grantId === null ? businessRow(ctx) : grantCheck(ctx.db, grantId, actorId),
    assertStanding(rows) {
      // The rows of `standing`, handed back by whoever ran it.
      if (grantId !== null) assertGrant(rows as Parameters<typeof assertGrant>[0], { scopes });
    },
  };
}
