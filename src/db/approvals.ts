import {
  and,
  desc,
  eq,
  gt,
  type InferInsertModel,
  type InferSelectModel,
  lte,
  ne,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import type { Context } from "../context.ts";
import { guardChanged, guardThat, type Query } from "./database.ts";
import { approvals, minimumProofs } from "./schema/index.ts";

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
 * Asks: takes the place of whatever else waited under the same key.
 * Aborts with `approval_asked` when the same was asked a moment ago, so that a link once given out stays good, and with
 * `too_many_approvals` when too many wait.
 */
export function askForApproval(ctx: Context, row: InferInsertModel<typeof approvals>): Query[] {
  const waiting = sql`(SELECT count(*) FROM ${approvals} WHERE ${and(ofOwner(ctx), eq(approvals.actorId, row.actorId), sql`${approvals.status} = 'pending'`, gt(approvals.expiresAt, ctx.clock.now()))}) <= ${MOST_PENDING}`;
  return [
    withdrawApprovals(
      ctx,
      row.actorId,
      row.idempotencyKey,
      or(ne(approvals.bindingSha256, row.bindingSha256), lte(approvals.expiresAt, ctx.clock.now())),
    ),
    ctx.db.build.insert(approvals).values(row).onConflictDoNothing(),
    guardChanged(ctx.db, "approval_asked"),
    guardThat(ctx.db, waiting, "too_many_approvals"),
  ];
}

/** Takes back what waits under a key. Never a guard: most calls have nothing waiting. */
export function withdrawApprovals(ctx: Context, actorId: string, idempotencyKey: string, only?: SQL): Query {
  return ctx.db.build
    .update(approvals)
    .set({ status: "withdrawn", decidedAt: ctx.clock.now() })
    .where(
      and(
        ofOwner(ctx),
        eq(approvals.actorId, actorId),
        eq(approvals.idempotencyKey, idempotencyKey),
        sql`${approvals.status} = 'pending'`,
        only,
      ),
    );
}

/** Decides an approval, once and in time, or aborts the batch with `approval_used`. */
export function decideApproval(ctx: Context, id: string, status: "approved" | "declined"): Query[] {
  const now = ctx.clock.now();
  return [
    ctx.db.build
      .update(approvals)
      .set({ status, decidedAt: now })
      .where(
        and(ofOwner(ctx), eq(approvals.id, id), sql`${approvals.status} = 'pending'`, gt(approvals.expiresAt, now)),
      ),
    guardChanged(ctx.db, "approval_used"),
  ];
}

/** The owner's rule for a write. */
export function minimumProofOf(ctx: Context, writeName: string) {
  return ctx.db.build
    .select({ minimumProof: minimumProofs.minimumProof })
    .from(minimumProofs)
    .where(and(eq(minimumProofs.ownerUserId, ctx.ownerUserId), eq(minimumProofs.writeName, writeName)))
    .limit(1);
}
