import { and, asc, eq, lte, type SQL, sql } from "drizzle-orm";
import { correlationInSql } from "./audit.ts";
import type { Query } from "./database.ts";
import { idsAmong } from "./ids-among.ts";
import { approvals, paymentAuditEvents } from "./schema/index.ts";
import type { ActorKind, WITHDRAWAL_REASONS } from "./schema/vocabulary.ts";
import type { OwnedDatabase, Store } from "./store.ts";

/** How an approval ends without being approved. */
export type ApprovalEnd =
  | { readonly status: "declined" | "expired" }
  | { readonly status: "withdrawn"; readonly because: (typeof WITHDRAWAL_REASONS)[number] };

/** When an approval was asked for or ended, and by whom; without an id it was the person who is asked. */
interface ApprovalMoment {
  readonly at: number;
  readonly by: { readonly kind: ActorKind; readonly id?: string };
}

/** The condition of an approval whose time is over. */
export const isOverdue = (now: number) => lte(approvals.expiresAt, now);

/**
 * Ends every pending approval that matches `which`, writes an audit row for each, and deletes its sealed arguments. The
 * change is the last statement, so that `guardChanged` can follow. No approval has to match.
 */
export function endApprovals(
  store: OwnedDatabase,
  end: ApprovalEnd,
  which: SQL | undefined,
  moment: ApprovalMoment,
): Query[] {
  const waiting = and(sql`${approvals.status} = 'pending'`, which);
  const withdrawnBecause = end.status === "withdrawn" ? end.because : null;
  return [
    auditOfApproval(
      store,
      end.status === "declined" ? "approval_declined" : "approval_withdrawn",
      waiting,
      moment,
      end,
    ),
    store.db.build
      .update(approvals)
      .set({ status: end.status, withdrawnBecause, decidedAt: moment.at, argumentsSealed: null })
      .where(and(eq(approvals.ownerUserId, store.ownerUserId), waiting)),
  ];
}

/** Approvals whose time is over and which are still stored as pending, the oldest first. */
export function overdueApprovals(store: Store, limit: number) {
  return store.db.build
    .select({ id: approvals.id })
    .from(approvals)
    .where(
      and(
        eq(approvals.ownerUserId, store.ownerUserId),
        sql`${approvals.status} = 'pending'`,
        isOverdue(store.clock.now()),
      ),
    )
    .orderBy(asc(approvals.expiresAt))
    .limit(limit);
}

/** Marks those of the overdue approvals that are still pending as expired, in the name of the scheduled run. */
export function expireOverdueApprovals(store: Store, ids: readonly string[]): Query[] {
  const at = store.clock.now();
  const named = sql`${approvals.id} IN ${idsAmong(ids)}`;
  return endApprovals(store, { status: "expired" }, and(named, isOverdue(at)), { at, by: { kind: "scheduled_run" } });
}

const ASKED = "A person was asked to confirm this.";
const FORGOTTEN = "The person took their no back: it counts no more.";
const ENDED = {
  declined: "The person said no. Nothing was done.",
  expired: "The time to decide ran out. Nothing was done.",
  replaced: "It was taken back: a later call took its place.",
  subject_changed: "It was taken back: what it was about had changed.",
  client_revoked: "It was taken back: the app that asked was disconnected.",
} as const;

/** Writes an audit row for each approval that matches `which`, under the operation id that the approval reserved. */
export function auditOfApproval(
  { db, ownerUserId }: OwnedDatabase,
  eventKind: "approval_asked" | "approval_declined" | "approval_withdrawn" | "decline_forgotten",
  which: SQL | undefined,
  { at, by }: ApprovalMoment,
  end?: ApprovalEnd,
): Query {
  const isForgotten = eventKind === "decline_forgotten";
  const begun = isForgotten ? FORGOTTEN : ASKED;
  const summary = end ? ENDED[end.status === "withdrawn" ? end.because : end.status] : begun;
  const nothing = sql`NULL`;
  return db.build.insert(paymentAuditEvents).select(
    db.build
      .select({
        sequence: nothing.as("sequence"),
        id: sql`'audit-event-' || lower(hex(randomblob(16)))`.as("id"),
        checkoutIntentId: nothing.as("checkout_intent_id"),
        eventKind: sql`${eventKind}`.as("event_kind"),
        actorKind: sql`${by.kind}`.as("actor_kind"),
        summary: sql`${summary}`.as("summary"),
        createdAt: sql`${at}`.as("created_at"),
        stripeEventId: nothing.as("stripe_event_id"),
        actorId: by.id === undefined ? approvals.actorId : sql`${by.id}`.as("by"),
        metadataJson: sql`'{}'`.as("metadata_json"),
        ownerUserId: approvals.ownerUserId,
        operationId: approvals.operationId,
        auditCorrelationId: correlationInSql(approvals.operationId).as("correlation"),
        clientId: approvals.clientId,
        // A no is said, and taken back, on our page, which is its proof. The other events have no confirmation.
        proof: end?.status === "declined" || isForgotten ? sql`'approval_page'`.as("proof") : nothing.as("proof"),
        subjectId: approvals.id,
        subjectStatus: sql`${end?.status ?? (isForgotten ? "declined" : "pending")}`.as("subject_status"),
        rowSha256: nothing.as("row_sha256"),
      })
      .from(approvals)
      .where(and(eq(approvals.ownerUserId, ownerUserId), which)) as never,
  );
}
