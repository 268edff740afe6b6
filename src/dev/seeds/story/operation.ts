import { canonicalJson } from "../../../base/canonical-json.ts";
import { sha256 } from "../../../base/digest.ts";
import { buyerId } from "../../../base/ids.ts";
import { isoTime } from "../../../base/time.ts";
import * as schema from "../../../db/schema/index.ts";
import { sealAnswer } from "../../../kernel/stored-answer.ts";
import { insertLocal, type LocalStatement } from "../statement.ts";
import { operationId, type Sale } from "./sale.ts";

/** A confirmed write of the story. */
export interface StoryOperation {
  readonly step: string;
  readonly write: string;
  readonly at: number;
  readonly endedAt: number;
  readonly subjectId: string;
  readonly subjectUpdatedAt: number;
  readonly text: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>>;
  /** Whether the buyer did it on our own page; else an agent did it for the buyer. */
  readonly onPage?: boolean;
}

/** The row that the kernel keeps of a confirmed write, answered. */
export async function operationRow(sale: Sale, operation: StoryOperation): Promise<LocalStatement> {
  const id = operationId(sale.short, operation.step);
  const { write, input, onPage = false } = operation;
  const expectedUpdatedAt = isoTime(operation.subjectUpdatedAt);
  return insertLocal(schema.operations, {
    id,
    ownerUserId: sale.ownerUserId,
    actorId: onPage ? buyerId(sale.checkout.id) : sale.story.buyer.id,
    actorKind: onPage ? "buyer_post_purchase_page" : "oauth_client",
    clientId: onPage ? null : sale.story.clientId,
    idempotencyKey: `story-${sale.short}-${operation.step}`,
    writeName: write,
    fingerprint: await sha256(canonicalJson({ write, input, expectedUpdatedAt })),
    status: "succeeded",
    proof: onPage ? "approval_page" : "argument",
    subjectId: operation.subjectId,
    subjectUpdatedAt: operation.subjectUpdatedAt,
    confirmedText: operation.text,
    auditCorrelationId: `audit-story-${sale.short}-${operation.step}`,
    answerSealed: await sealAnswer(sale, id, operation.result),
    createdAt: operation.at,
    updatedAt: operation.endedAt,
  });
}

export type AuditKind = (typeof schema.paymentAuditEvents.$inferInsert)["eventKind"];

/** What an agent's step left in the audit. */
export function agentAudit(
  sale: Sale,
  eventKind: AuditKind,
  createdAt: number,
  subjectId: string,
  subjectStatus: string,
  summary: string,
): LocalStatement {
  return insertLocal(schema.paymentAuditEvents, {
    id: `audit-event-story-${sale.short}-${eventKind}`,
    ownerUserId: sale.ownerUserId,
    checkoutIntentId: sale.checkout.id,
    eventKind,
    actorKind: "oauth_client",
    actorId: sale.story.buyer.id,
    clientId: sale.story.clientId,
    proof: "argument",
    summary,
    createdAt,
    operationId: sale.operationId,
    auditCorrelationId: sale.correlationId,
    subjectId,
    subjectStatus,
  });
}
