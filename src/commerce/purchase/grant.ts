import type { AuditEntry } from "../../db/audit.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import type { Query } from "../../db/database.ts";
import { type EntitlementRow, insertEntitlement, insertTask } from "../../db/purchases.ts";
import type { Context } from "../../kernel/context.ts";
import type { Source } from "./decision.ts";
import type { Grant } from "./standing.ts";

/** The one entitlement that a checkout can have of a template. */
const entitlementId = ({ map }: Grant, intent: IntentRow) => `entitlement-${intent.id}-${map.entitlementTemplateId}`;

/** The entitlement and the task that a paid line gives. Only Stripe's word gets here. */
export function grantWrites(
  grant: Grant,
  made: { intent: IntentRow; source: Source; status: EntitlementRow["status"]; now: number; ctx: Context },
): Query[] {
  const { map, line } = grant;
  const { intent, source, status, now, ctx } = made;
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
      status,
      grantKind: "sandbox_paid_webhook",
      sourcePriceId: line.priceId,
      grantedAt: now,
      sourceStripeEventId: source.stripeEventId,
      sourceCommerceProductId: map.sourceCommerceProductId,
      buyerUserId: intent.buyerUserId,
      buyerEmailHash: source.buyerEmailHash,
      revokedAt: status === "inactive" ? now : null,
    }),
    insertTask(ctx, {
      ...common,
      id: `fulfillment-${intent.id}-${map.entitlementTemplateId}`,
      entitlementId: entitlementId(grant, intent),
      status: status === "active" ? "queued" : "paused",
      fulfillmentKind: map.taskKind,
      summary: map.taskSummary,
      createdAt: now,
    }),
  ];
}

export function grantAudit(grant: Grant, intent: IntentRow, status: EntitlementRow["status"]): AuditEntry {
  return {
    eventKind: "product_entitlement_granted",
    subjectId: entitlementId(grant, intent),
    subjectStatus: status,
    summary: "Access was granted for a paid line.",
  };
}
