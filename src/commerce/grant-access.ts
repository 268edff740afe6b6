import type { Context } from "../context.ts";
import type { IntentRow } from "../db/checkouts.ts";
import type { Query } from "../db/database.ts";
import { type grantsOf, insertEntitlement, insertTask } from "../db/grants.ts";
import type { AuditEntry } from "../kernel/confirmed-write.ts";
import type { VerifiedEvent } from "../stripe/verify-event.ts";

type Grant = Awaited<ReturnType<typeof grantsOf>>[number];

/** The one entitlement that a checkout can have of a template. */
const entitlementId = ({ map }: Grant, intent: IntentRow) => `entitlement-${intent.id}-${map.entitlementTemplateId}`;

/** The entitlement and the task that a paid line gives. Only Stripe's word gets here. */
export function accessWrites(
  grant: Grant,
  {
    intent,
    event,
    buyerEmailHash,
    now,
    ctx,
  }: { intent: IntentRow; event: VerifiedEvent; buyerEmailHash: string | null; now: number; ctx: Context },
): Query[] {
  const { map, line } = grant;
  const common = {
    ownerUserId: ctx.ownerUserId,
    checkoutIntentId: intent.id,
    productId: map.productId,
    updatedAt: now,
  };
  return [
    insertEntitlement(ctx, {
      ...common,
      id: entitlementId(grant, intent),
      entitlementTemplateId: map.entitlementTemplateId,
      accessRuleId: map.accessRuleId,
      status: "active",
      grantKind: "sandbox_paid_webhook",
      sourcePriceId: line.priceId,
      grantedAt: now,
      sourceStripeEventId: event.id,
      sourceCommerceProductId: map.sourceCommerceProductId,
      buyerUserId: intent.buyerUserId,
      buyerEmailHash,
    }),
    insertTask(ctx, {
      ...common,
      id: `fulfillment-${intent.id}-${map.entitlementTemplateId}`,
      entitlementId: entitlementId(grant, intent),
      status: "queued",
      fulfillmentKind: map.taskKind,
      summary: map.taskSummary,
      createdAt: now,
    }),
  ];
}

export function grantAudit(grant: Grant, intent: IntentRow): AuditEntry {
  return {
    eventKind: "product_entitlement_granted",
    subjectId: entitlementId(grant, intent),
    subjectStatus: "active",
    summary: "Access was granted for a paid line.",
  };
}
