import { and, desc, eq, gt, type InferSelectModel, ne, type SQL, sql } from "drizzle-orm";
import { type BoundName, boundGuard, boundOf } from "../base/bounds.ts";
import { auditOfApproval, endApprovals, isOverdue } from "./approval-ends.ts";
import { guardChanged, guardThat, type Query } from "./database.ts";
import { guardNotDeclined } from "./declines.ts";
import { idsAmong } from "./ids-among.ts";
import { approvals, oauthGrants, operations } from "./schema/index.ts";
import type { ActorKind } from "./schema/vocabulary.ts";
import type { OwnedDatabase, Store } from "./store.ts";
import { writtenOnce } from "./written-once.ts";

export type ApprovalRow = InferSelectModel<typeof approvals>;

const ofOwner = (store: Pick<Store, "ownerUserId">) => eq(approvals.ownerUserId, store.ownerUserId);

/** The latest approval that was asked for under a key, however it ended. */
export const approvalByKey = writtenOnce((store: OwnedDatabase, actorId: string, idempotencyKey: string) =>
  store.db.build
    .select()
    .from(approvals)
    .where(and(ofOwner(store), eq(approvals.actorId, actorId), eq(approvals.idempotencyKey, idempotencyKey)))
    // Two may have the same millisecond: the pending one is the later.
    .orderBy(desc(approvals.createdAt), desc(sql`${approvals.status} = 'pending'`))
    .limit(1),
);

/** Which of these approvals have an operation under their key: another call, with the confirmation text, came first. */
export function overtakenApprovals(store: Store, ids: readonly string[]) {
  return store.db.build
    .select({ id: approvals.id })
    .from(approvals)
    .innerJoin(
      operations,
      and(
        eq(operations.ownerUserId, approvals.ownerUserId),
        eq(operations.actorId, approvals.actorId),
        eq(operations.idempotencyKey, approvals.idempotencyKey),
      ),
    )
    .where(and(ofOwner(store), sql`${approvals.id} IN ${idsAmong(ids)}`));
}

export function approvalById(store: Store, id: string) {
  return store.db.build
    .select()
    .from(approvals)
    .where(and(ofOwner(store), eq(approvals.id, id)))
    .limit(1);
}

export function approvalByOperation(store: Store, operationId: string) {
  return store.db.build
    .select()
    .from(approvals)
    .where(and(ofOwner(store), eq(approvals.operationId, operationId)))
    .limit(1);
}

/** The pending approvals of an actor, the one that ends soonest first. */
export function pendingApprovals(store: Store, actorId: string) {
  return store.db.build
    .select()
    .from(approvals)
    .where(
      and(
        ofOwner(store),
        eq(approvals.actorId, actorId),
        sql`${approvals.status} = 'pending'`,
        gt(approvals.expiresAt, store.clock.now()),
      ),
    )
    .orderBy(approvals.expiresAt);
}

/**
 * Stores a pending approval with its audit row, and withdraws another call's under the same key.
 * Aborts with `approval_asked` when this call has a pending approval, whose link stays valid; with `declined` when the
 * person declined this call; with `grant_ended` when the consent was revoked; and with the guard of a bound.
 */
export function askForApproval(store: Store, row: ApprovalRow, by: { kind: ActorKind; id: string }): Query[] {
  const underKey = and(eq(approvals.actorId, row.actorId), eq(approvals.idempotencyKey, row.idempotencyKey));
  return [
    ...endApprovals(store, { status: "expired" }, and(underKey, isOverdue(row.createdAt)), { at: row.createdAt, by }),
    ...withdrawUnderKey(store, row, by, row.bindingSha256),
    store.db.build.insert(approvals).values(row).onConflictDoNothing(),
    guardChanged(store.db, "approval_asked"),
    guardNotDeclined(store, row.actorId, { ...row, callSha256: row.callSha256 ?? "" }),
    guardThat(
      store.db,
      sql`NOT EXISTS (SELECT 1 FROM ${oauthGrants} WHERE ${oauthGrants.id} = ${row.grantId} AND ${oauthGrants.revokedAt} IS NOT NULL)`,
      "grant_ended",
    ),
    ...(row.clientId === null
      ? []
      : [guardFewWait(store, row.actorId, "approvalsOfAClient", eq(approvals.clientId, row.clientId))]),
    guardFewWait(store, row.actorId, "approvalsOfAPerson"),
    auditOfApproval(store, "approval_asked", eq(approvals.id, row.id), { at: row.createdAt, by }),
  ];
}

function guardFewWait(store: Store, actorId: string, bound: BoundName, which?: SQL): Query {
  const waiting = and(
    ofOwner(store),
    eq(approvals.actorId, actorId),
    sql`${approvals.status} = 'pending'`,
    gt(approvals.expiresAt, store.clock.now()),
    which,
  );
  const count = sql`(SELECT count(*) FROM ${approvals} WHERE ${waiting})`;
  return guardThat(store.db, sql`${count} <= ${boundOf(bound).most}`, boundGuard(bound));
}

/** Withdraws the pending approvals under a key, except the one with `exceptBinding`. There may be none. */
export function withdrawUnderKey(
  store: Store,
  { actorId, idempotencyKey }: Pick<ApprovalRow, "actorId" | "idempotencyKey">,
  by: { kind: ActorKind; id: string },
  exceptBinding?: string,
): Query[] {
  const others = and(
    eq(approvals.actorId, actorId),
    eq(approvals.idempotencyKey, idempotencyKey),
    exceptBinding === undefined ? undefined : ne(approvals.bindingSha256, exceptBinding),
  );
  return endApprovals(store, { status: "withdrawn", because: "replaced" }, others, { at: store.clock.now(), by });
}

/** Approves, for the operation of the same batch. Aborts with `approval_used` unless it is pending and in time. */
export function useApproval(store: Store, id: string): Query[] {
  const now = store.clock.now();
  return [
    store.db.build
      .update(approvals)
      .set({ status: "approved", decidedAt: now, argumentsSealed: null })
      .where(
        and(ofOwner(store), eq(approvals.id, id), sql`${approvals.status} = 'pending'`, gt(approvals.expiresAt, now)),
      ),
    guardChanged(store.db, "approval_used"),
  ];
}

/** Declines an approval, with its audit row. Aborts with `approval_used` unless it is pending and in time. */
export function declineApproval(store: Store, id: string, by: { kind: ActorKind; id: string }): Query[] {
  const at = store.clock.now();
  const waits = and(eq(approvals.id, id), gt(approvals.expiresAt, at));
  return [...endApprovals(store, { status: "declined" }, waits, { at, by }), guardChanged(store.db, "approval_used")];
}

/** Withdraws one approval if it is still pending and in time. */
export function withdrawApproval(
  store: Store,
  id: string,
  because: NonNullable<ApprovalRow["withdrawnBecause"]>,
  by: { kind: ActorKind; id: string },
): Query[] {
  const at = store.clock.now();
  const waits = and(eq(approvals.id, id), gt(approvals.expiresAt, at));
  return endApprovals(store, { status: "withdrawn", because }, waits, { at, by });
}
