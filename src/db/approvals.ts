import { and, desc, eq, gt, type InferSelectModel, ne, sql } from "drizzle-orm";
import type { ActorKind } from "../kernel/actor.ts";
import type { Context } from "../kernel/context.ts";
import { auditOfApproval, endApprovals, runOut } from "./approval-ends.ts";
import { guardChanged, guardThat, type Query } from "./database.ts";
import { approvals, minimumProofs, oauthGrants } from "./schema/index.ts";

export type ApprovalRow = InferSelectModel<typeof approvals>;

/** More than this at once would teach people to approve without reading. */
const MOST_PENDING = 5;

const ofOwner = (ctx: Context) => eq(approvals.ownerUserId, ctx.ownerUserId);

/** The latest approval that was asked for under a key, however it ended. */
export function approvalByKey(ctx: Context, actorId: string, idempotencyKey: string) {
  return (
    ctx.db.build
      .select()
      .from(approvals)
      .where(and(ofOwner(ctx), eq(approvals.actorId, actorId), eq(approvals.idempotencyKey, idempotencyKey)))
      // Asked anew within the same millisecond: what waits is the later one.
      .orderBy(desc(approvals.createdAt), desc(sql`${approvals.status} = 'pending'`))
      .limit(1)
  );
}

/** A person's no to one call under a key, whatever else was asked under it since. */
export function declinedCall(
  ctx: Context,
  actorId: string,
  { idempotencyKey, fingerprint }: Pick<ApprovalRow, "idempotencyKey" | "fingerprint">,
) {
  return ctx.db.build
    .select({ id: approvals.id })
    .from(approvals)
    .where(
      and(
        ofOwner(ctx),
        eq(approvals.actorId, actorId),
        eq(approvals.idempotencyKey, idempotencyKey),
        eq(approvals.fingerprint, fingerprint),
        sql`${approvals.status} = 'declined'`,
      ),
    )
    .limit(1);
}

/** Aborts the batch with `declined` when the person has said no to this very call. */
export function guardNotDeclined(
  ctx: Context,
  actorId: string,
  call: Pick<ApprovalRow, "idempotencyKey" | "fingerprint">,
): Query {
  return guardThat(ctx.db, sql`NOT EXISTS ${declinedCall(ctx, actorId, call)}`, "declined");
}

export function approvalById(ctx: Context, id: string) {
  return ctx.db.build
    .select()
    .from(approvals)
    .where(and(ofOwner(ctx), eq(approvals.id, id)))
    .limit(1);
}

export function approvalByOperation(ctx: Context, operationId: string) {
  return ctx.db.build
    .select()
    .from(approvals)
    .where(and(ofOwner(ctx), eq(approvals.operationId, operationId)))
    .limit(1);
}

/** What waits for an actor now, the one that ends soonest first. */
export function pendingApprovals(ctx: Context, actorId: string) {
  return ctx.db.build
    .select()
    .from(approvals)
    .where(
      and(
        ofOwner(ctx),
        eq(approvals.actorId, actorId),
        sql`${approvals.status} = 'pending'`,
        gt(approvals.expiresAt, ctx.clock.now()),
      ),
    )
    .orderBy(approvals.expiresAt);
}

/**
 * Asks, audited: takes the place of whatever else waited under the same key.
 * Aborts with `approval_asked` when the same was asked a moment ago, so that a link once given out stays good, with
 * `declined` after a no to the same, with `grant_ended` when the consent was taken back, and with `too_many_approvals`
 * when too many wait.
 */
export function askForApproval(ctx: Context, row: ApprovalRow, by: { kind: ActorKind; id: string }): Query[] {
  const underKey = and(eq(approvals.actorId, row.actorId), eq(approvals.idempotencyKey, row.idempotencyKey));
  const waiting = sql`(SELECT count(*) FROM ${approvals} WHERE ${and(ofOwner(ctx), eq(approvals.actorId, row.actorId), sql`${approvals.status} = 'pending'`, gt(approvals.expiresAt, ctx.clock.now()))}) <= ${MOST_PENDING}`;
  return [
    ...endApprovals(ctx, { status: "expired" }, and(underKey, runOut(row.createdAt)), { at: row.createdAt, by }),
    ...withdrawUnderKey(ctx, row, by, row.bindingSha256),
    ctx.db.build.insert(approvals).values(row).onConflictDoNothing(),
    guardChanged(ctx.db, "approval_asked"),
    guardNotDeclined(ctx, row.actorId, row),
    guardThat(
      ctx.db,
      sql`NOT EXISTS (SELECT 1 FROM ${oauthGrants} WHERE ${oauthGrants.id} = ${row.grantId} AND ${oauthGrants.revokedAt} IS NOT NULL)`,
      "grant_ended",
    ),
    guardThat(ctx.db, waiting, "too_many_approvals"),
    auditOfApproval(ctx, "approval_asked", eq(approvals.id, row.id), { at: row.createdAt, by }),
  ];
}

/** Takes back what waits under a key, but for one call where it is named. Never a guard: most have nothing waiting. */
export function withdrawUnderKey(
  ctx: Context,
  { actorId, idempotencyKey }: Pick<ApprovalRow, "actorId" | "idempotencyKey">,
  by: { kind: ActorKind; id: string },
  exceptBinding?: string,
): Query[] {
  const others = and(
    eq(approvals.actorId, actorId),
    eq(approvals.idempotencyKey, idempotencyKey),
    exceptBinding === undefined ? undefined : ne(approvals.bindingSha256, exceptBinding),
  );
  return endApprovals(ctx, { status: "withdrawn", because: "replaced" }, others, { at: ctx.clock.now(), by });
}

/** Uses an approval up for the operation that is claimed with it, once and in time, or aborts with `approval_used`. */
export function useApproval(ctx: Context, id: string): Query[] {
  const now = ctx.clock.now();
  return [
    ctx.db.build
      .update(approvals)
      .set({ status: "approved", decidedAt: now, argumentsSealed: null })
      .where(
        and(ofOwner(ctx), eq(approvals.id, id), sql`${approvals.status} = 'pending'`, gt(approvals.expiresAt, now)),
      ),
    guardChanged(ctx.db, "approval_used"),
  ];
}

/** A person's no on our page, audited; aborts with `approval_used` unless it still waits and is in time. */
export function declineApproval(ctx: Context, id: string, by: { kind: ActorKind; id: string }): Query[] {
  const at = ctx.clock.now();
  const waits = and(eq(approvals.id, id), gt(approvals.expiresAt, at));
  return [...endApprovals(ctx, { status: "declined" }, waits, { at, by }), guardChanged(ctx.db, "approval_used")];
}

/** Takes back what waits for a yes that can no longer be given. Nothing for one that has ended by itself. */
export function withdrawApproval(
  ctx: Context,
  id: string,
  because: NonNullable<ApprovalRow["withdrawnBecause"]>,
  by: { kind: ActorKind; id: string },
): Query[] {
  const at = ctx.clock.now();
  const waits = and(eq(approvals.id, id), gt(approvals.expiresAt, at));
  return endApprovals(ctx, { status: "withdrawn", because }, waits, { at, by });
}

/** The owner's rule for a write. */
export function minimumProofOf(ctx: Context, writeName: string) {
  return ctx.db.build
    .select({ minimumProof: minimumProofs.minimumProof })
    .from(minimumProofs)
    .where(and(eq(minimumProofs.ownerUserId, ctx.ownerUserId), eq(minimumProofs.writeName, writeName)))
    .limit(1);
}
