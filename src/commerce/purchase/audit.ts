import { type AuditEntry, insertAudit } from "../../db/audit.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import type { Query } from "../../db/database.ts";
import type { ActorKind } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";

/** The audit rows of what Stripe's word changed: under the correlation id of the checkout, for nobody's account. */
export function purchaseAudit(
  entries: readonly AuditEntry[],
  intent: IntentRow | undefined,
  by: { readonly actorKind: ActorKind; readonly stripeEventId: string | null },
  now: number,
  ctx: Context,
): Query[] {
  const source = {
    ...by,
    operationId: intent?.operationId ?? null,
    auditCorrelationId: intent?.auditCorrelationId ?? ctx.ids.next("audit"),
  };
  return entries.map((entry) => insertAudit(ctx, { ...entry, checkoutIntentId: intent?.id ?? null }, source, now));
}
