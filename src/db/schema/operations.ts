import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { instant, isOneOf, metadataJson, oneOf, ownerUserId } from "./columns.ts";
import { declareTable, internal, priv, pub } from "./declare.ts";
import { ROW_EVENTS } from "./sealed-tables.ts";
import * as words from "./vocabulary.ts";

/** One confirmed write under one idempotency key. The row is the claim, the lock and the stored answer. */
export const operations = declareTable(
  "operations",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    actorId: priv(text("actor_id").notNull()),
    actorKind: pub(text("actor_kind", { enum: words.ACTOR_KINDS }).notNull()),
    /** Proven by the token; null where a person acted on our own page. */
    clientId: priv(text("client_id")),
    /** What the client said of itself; proves nothing. */
    clientDeclared: priv(text("client_declared")),
    /** The grant that the call came under. What the answer gives to that grant alone, as an upload link, ends with it. */
    grantId: priv(text("grant_id")),
    idempotencyKey: priv(text("idempotency_key").notNull()),
    writeName: pub(text("write_name").notNull()),
    fingerprint: priv(text("fingerprint").notNull()),
    status: pub(text("status", { enum: words.OPERATION_STATUSES }).notNull()),
    proof: pub(text("proof", { enum: words.PROOFS }).notNull()),
    /** The row that the write is about, and the version of it that was confirmed. */
    subjectId: pub(text("subject_id").notNull()),
    subjectUpdatedAt: priv(instant("subject_updated_at").notNull()),
    confirmedText: priv(text("confirmation_text").notNull()),
    auditCorrelationId: priv(text("audit_correlation_id").notNull()),
    /** Sealed. The result as it was first given, or the problem that ended the operation. */
    answerSealed: priv(text("answer_sealed")),
    /** Sealed. The validated input, kept while the operation is unfinished so that it can be finished without its caller. */
    argumentsSealed: priv(text("arguments_sealed")),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
    /** When the answer of a checkout that was never paid was removed; its key stays taken. */
    answerRemovedAt: internal(instant("answer_removed_at")),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    uniqueIndex("operations_key").on(t.ownerUserId, t.actorId, t.idempotencyKey),
    index("operations_actor").on(t.ownerUserId, t.actorId, t.createdAt, t.id),
    index("operations_created").on(t.ownerUserId, t.createdAt, t.id),
    index("operations_unfinished").on(t.ownerUserId, t.createdAt).where(sql`status IN ('pending', 'outcome_unknown')`),
    oneOf("operations_status_word", t.status, words.OPERATION_STATUSES),
    oneOf("operations_actor_kind", t.actorKind, words.ACTOR_KINDS),
    oneOf("operations_proof", t.proof, words.PROOFS),
    check("operations_key_length", sql`length(${t.idempotencyKey}) BETWEEN 1 AND 255`),
    check(
      "operations_answered",
      sql`(${t.status} IN ('succeeded', 'failed')) = (${t.answerSealed} IS NOT NULL OR ${t.answerRemovedAt} IS NOT NULL)`,
    ),
  ],
);

/** A write that waits for a person's approval. It is bound to the whole call, ends soon, and can be used once. */
export const approvals = declareTable(
  "approvals",
  { published: false },
  {
    /** Random and unguessable: it is part of a URL. */
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    /** The id that the operation will have. */
    operationId: pub(text("operation_id").notNull()),
    actorId: priv(text("actor_id").notNull()),
    clientId: priv(text("client_id")),
    clientDeclared: priv(text("client_declared")),
    /** The consent that the asking client acts under. Revoking it withdraws the approval. */
    grantId: priv(text("grant_id")),
    idempotencyKey: priv(text("idempotency_key").notNull()),
    writeName: pub(text("write_name").notNull()),
    fingerprint: priv(text("fingerprint").notNull()),
    /** Hash of actor, client, write, arguments and subject version together. */
    bindingSha256: priv(text("binding_sha256").notNull()),
    subjectId: pub(text("subject_id").notNull()),
    subjectUpdatedAt: priv(instant("subject_updated_at").notNull()),
    /** Sealed. The call's arguments without its confirmation; null once the approval has ended. */
    argumentsSealed: priv(text("arguments_sealed")),
    status: pub(text("status", { enum: words.APPROVAL_STATUSES }).notNull()),
    withdrawnBecause: internal(text("withdrawn_because", { enum: words.WITHDRAWAL_REASONS })),
    expiresAt: pub(instant("expires_at").notNull()),
    decidedAt: internal(instant("decided_at")),
    createdAt: internal(instant("created_at").notNull()),
    /** The random part of the challenge that a passkey signs, 32 bytes in base64url; null before passkeys. */
    challengeRandom: priv(text("challenge_random")),
    /** SHA-256 of the call however it is spelled: a no to it is a no to each spelling. Null before risks were declared. */
    callSha256: priv(text("call_sha256")),
    /** When the person took their no back: it counts no longer. */
    forgottenAt: internal(instant("forgotten_at")),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    // One pending approval for a key; decided ones stay beside it.
    uniqueIndex("approvals_pending_key").on(t.ownerUserId, t.actorId, t.idempotencyKey).where(sql`status = 'pending'`),
    index("approvals_key").on(t.ownerUserId, t.actorId, t.idempotencyKey, t.createdAt),
    index("approvals_pending").on(t.ownerUserId, t.actorId, t.expiresAt).where(sql`status = 'pending'`),
    uniqueIndex("approvals_operation").on(t.ownerUserId, t.operationId),
    index("approvals_running_out").on(t.ownerUserId, t.expiresAt).where(sql`status = 'pending'`),
    index("approvals_grant").on(t.ownerUserId, t.grantId).where(sql`status = 'pending'`),
    index("approvals_declined").on(t.ownerUserId, t.actorId, t.callSha256, t.decidedAt).where(sql`status = 'declined'`),
    index("approvals_declined_by").on(t.ownerUserId, t.actorId, t.decidedAt).where(sql`status = 'declined'`),
    oneOf("approvals_status", t.status, words.APPROVAL_STATUSES),
    oneOf("approvals_withdrawn_because", t.withdrawnBecause, words.WITHDRAWAL_REASONS),
  ],
);

/** The least proof that the owner asks of a rule of a write; one without a row asks what the write declares. */
export const minimumProofs = declareTable(
  "minimum_proofs",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    /** The rule's name, `write:risk`. Rows before risks were declared have the write's name alone, and count no more. */
    writeName: pub(text("write_name").notNull()),
    minimumProof: pub(text("minimum_proof", { enum: words.PROOFS }).notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.writeName] }),
    oneOf("minimum_proofs_proof", t.minimumProof, words.PROOFS),
  ],
);

/** The audit: one row a state change, written in the commit that makes the change. Append-only by trigger. */
export const paymentAuditEvents = declareTable(
  "payment_audit_events",
  { published: true },
  {
    /** The order of the commits, in which the audit is sealed. Times may be equal or go back. */
    sequence: internal(integer("sequence").primaryKey()),
    id: pub(text("id").notNull()),
    checkoutIntentId: pub(text("checkout_intent_id")),
    eventKind: pub(text("event_kind", { enum: words.AUDIT_EVENT_KINDS }).notNull()),
    actorKind: pub(text("actor_kind", { enum: words.ACTOR_KINDS }).notNull()),
    summary: pub(text("summary").notNull()),
    createdAt: pub(instant("created_at").notNull()),
    stripeEventId: priv(text("stripe_event_id")),
    actorId: priv(text("actor_id")),
    metadataJson: priv(metadataJson()),
    ownerUserId: internal(ownerUserId()),
    operationId: internal(text("operation_id")),
    auditCorrelationId: internal(text("audit_correlation_id").notNull()),
    clientId: internal(text("client_id")),
    proof: internal(text("proof", { enum: words.PROOFS })),
    /** The row whose state changed, and what it became. */
    subjectId: internal(text("subject_id").notNull()),
    subjectStatus: internal(text("subject_status")),
    /** SHA-256 of the row that the same commit added to another sealed table: the seal over the audit covers that row too. */
    rowSha256: internal(text("row_sha256")),
  },
  (t) => [
    uniqueIndex("payment_audit_events_id").on(t.ownerUserId, t.id),
    index("payment_audit_events_intent").on(t.ownerUserId, t.checkoutIntentId, t.createdAt),
    index("payment_audit_events_operation").on(t.ownerUserId, t.operationId, t.createdAt),
    index("payment_audit_events_operator").on(t.ownerUserId, t.sequence).where(sql`actor_kind = 'operator_cli'`),
    // The set of kinds grows with each release, and a sealed table can't be rebuilt for a longer list: the type holds it.
    check("payment_audit_events_kind", sql`${t.eventKind} GLOB '[a-z]*'`),
    oneOf("payment_audit_events_actor_kind", t.actorKind, words.ACTOR_KINDS),
    oneOf("payment_audit_events_proof", t.proof, words.PROOFS),
    check("payment_audit_events_row", sql`(${t.rowSha256} IS NOT NULL) = (${isOneOf(t.eventKind, ROW_EVENTS)})`),
  ],
);

/** A signed hash of the audit rows since the previous seal, and of that seal. Written by the scheduled run. */
export const auditSeals = declareTable(
  "audit_seals",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    number: internal(integer("number").notNull()),
    throughSequence: internal(integer("through_sequence").notNull()),
    sealedAt: internal(instant("sealed_at").notNull()),
    /** A compact JWS; what the other columns say is also signed in it. */
    seal: internal(text("seal").notNull()),
  },
  (t) => [primaryKey({ columns: [t.ownerUserId, t.number] })],
);

/**
 * A view whose insert trigger aborts the batch with `code` unless `ok` is 1.
 * Declared as a table so that a guard is an ordinary insert; no row is ever stored.
 */
export const guardCode = sqliteTable("guard_code", {
  ok: integer("ok").notNull(),
  code: text("code").notNull(),
});
