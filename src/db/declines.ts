import { and, desc, eq, gt, isNull, sql } from "drizzle-orm";
import { auditOfApproval } from "./approval-ends.ts";
import { NO_COUNTS_MS } from "./approvals.ts";
import { guardChanged, type Query } from "./database.ts";
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
  const named = sql`(SELECT "named"."call_sha256", "named"."client_id" FROM ${approvals} AS "named"
    WHERE "named"."owner_user_id" = ${store.ownerUserId} AND "named"."actor_id" = ${by.id} AND "named"."id" = ${id})`;
  const sameCall = sql`(${approvals.id} = ${id} OR EXISTS (SELECT 1 FROM ${named} AS "same"
    WHERE "same"."call_sha256" = ${approvals.callSha256} AND "same"."client_id" IS ${approvals.clientId}))`;
  const which = and(countsOf(store, by.id), sameCall);
  return [
    auditOfApproval(store, "decline_forgotten", which, { at, by }),
    store.db.build.update(approvals).set({ forgottenAt: at }).where(which),
    guardChanged(store.db, "stale_state"),
  ];
}
