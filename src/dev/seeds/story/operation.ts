import { canonicalJson } from "../../../base/canonical-json.ts";
import { sha256 } from "../../../base/digest.ts";
import { isoTime } from "../../../base/time.ts";
import { buyerId } from "../../../commerce/checkout/buyer-actor.ts";
import * as schema from "../../../db/schema/index.ts";
import { sealAnswer } from "../../../kernel/stored-answer.ts";
import { insertLocal, type LocalStatement } from "../statement.ts";
import { type Sale, traceOf } from "./sale.ts";

/** A confirmed write of the story. */
interface StoryOperation {
  readonly step: string;
  readonly write: string;
  readonly at: number;
  readonly endedAt: number;
  readonly subjectId: string;
  readonly subjectUpdatedAt: number;
  readonly text: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>>;
  /** True: the buyer acts on our page; otherwise an agent acts for the buyer. */
  readonly onPage?: boolean;
}

/** The row of a succeeded operation, as the kernel writes it. */
export async function operationRow(sale: Sale, operation: StoryOperation): Promise<LocalStatement> {
  const { operationId: id, auditCorrelationId } = traceOf(sale.short, operation.step);
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
    auditCorrelationId,
    answerSealed: await sealAnswer(sale, id, operation.result),
    createdAt: operation.at,
    updatedAt: operation.endedAt,
  });
}

type AuditEntry = typeof schema.paymentAuditEvents.$inferInsert;
/** The kind of an audit entry. */
export type AuditKind = AuditEntry["eventKind"];

/** An audit entry of the checkout; `key` is the part of its id that differs between entries of one checkout. */
export function auditRow(
  { short, ownerUserId, checkout }: Sale,
  key: string,
  entry: Omit<AuditEntry, "id" | "ownerUserId" | "checkoutIntentId">,
): LocalStatement {
  return insertLocal(schema.paymentAuditEvents, {
    id: `audit-event-story-${short}-${key}`,
    ownerUserId,
    checkoutIntentId: checkout.id,
    ...entry,
  });
}

/** Who acts when an agent acts for the buyer, and by which proof. */
export const byAgent = ({ story }: Sale) =>
  ({ actorKind: "oauth_client", actorId: story.buyer.id, clientId: story.clientId, proof: "argument" }) as const;
