import type { IntentRow } from "../../db/checkouts.ts";
import type { Query } from "../../db/database.ts";
import { insertAudit } from "../../db/operations.ts";
import type { ActorKind } from "../../db/schema/vocabulary.ts";
import type { AuditEntry } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";

/** The audit rows of what Stripe's word changed: under the correlation id of the checkout, for nobody's account. */
export function purchaseAudit(
  entries: readonly AuditEntry[],
  intent: IntentRow | undefined,
  by: { readonly actorKind: ActorKind; readonly stripeEventId: string | null },
  now: number,
  ctx: Context,
): Query[] {
  const auditCorrelationId = intent?.auditCorrelationId ?? ctx.ids.next("audit");
  return entries.map((entry) =>
    insertAudit(ctx, {
      id: ctx.ids.next("audit-event"),
      ownerUserId: ctx.ownerUserId,
      checkoutIntentId: intent?.id ?? null,
      eventKind: entry.eventKind,
      actorKind: by.actorKind,
      summary: entry.summary,
      createdAt: now,
      stripeEventId: by.stripeEventId,
      operationId: intent?.operationId ?? null,
      auditCorrelationId,
      subjectId: entry.subjectId,
      subjectStatus: entry.subjectStatus ?? null,
    }),
  );
}
