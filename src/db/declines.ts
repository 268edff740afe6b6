import { and, desc, eq, gt, isNull, sql } from "drizzle-orm";
import { auditOfApproval } from "./approval-ends.ts";
import { NO_COUNTS_MS } from "./approvals.ts";
import { guardThat, type Query } from "./database.ts";
import { approvals, oauthGrants } from "./schema/index.ts";
import type { ActorKind } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

/** Rows that a page shows at most. */
const SHOWN = 50;

const countsOf = (store: Store, actorId: string) =>
  and(
    eq(approvals.ownerUserId, store.ownerUserId),
    eq(approvals.actorId, actorId),
    // A literal, as the partial index has it.
    sql`${approvals.status} = 'declined'`,
    gt(approvals.decidedAt, store.clock.now() - NO_COUNTS_MS),
    isNull(approvals.forgottenAt),
  );

/** Each no of a person that still counts, the newest first; of several to one call of one client, the newest. */
export function declinesThatCount(store: Store, actorId: string) {
  return store.db.build
    .select({
      id: approvals.id,
      writeName: approvals.writeName,
      clientId: approvals.clientId,
      clientName: sql<string | null>`${oauthGrants.clientName}`.as("client_name"),
      decidedAt: sql<number>`max(${approvals.decidedAt})`.as("declined_at"),
    })
    .from(approvals)
    .leftJoin(oauthGrants, eq(oauthGrants.id, approvals.grantId))
    .where(countsOf(store, actorId))
    .groupBy(approvals.clientId, sql`coalesce(${approvals.callSha256}, ${approvals.id})`)
    .orderBy(desc(sql`declined_at`))
    .limit(SHOWN);
}

/**
 * Takes back a person's no, with every other that they said to the same call of the same client; an audit row for each.
 * Aborts with `stale_state` where it counts no more, or was another person's.
 */
export function forgetDecline(store: Store, id: string, by: { kind: ActorKind; id: string }): Query[] {
  const at = store.clock.now();
  // Named apart from the table that is changed.
  const sameCall = sql`(${approvals.id} = ${id} OR (coalesce(${approvals.clientId}, ''), ${approvals.callSha256}) IN (
    SELECT coalesce("named"."client_id", ''), "named"."call_sha256" FROM ${approvals} AS "named"
    WHERE "named"."owner_user_id" = ${store.ownerUserId} AND "named"."actor_id" = ${by.id} AND "named"."id" = ${id}))`;
  const which = and(countsOf(store, by.id), sameCall);
  return [
    // Several rows may change.
    guardThat(store.db, sql`EXISTS (SELECT 1 FROM ${approvals} WHERE ${which})`, "stale_state"),
    auditOfApproval(store, "decline_forgotten", which, { at, by }),
    store.db.build.update(approvals).set({ forgottenAt: at }).where(which),
  ];
}
