import { sha256 } from "../../../base/digest.ts";
import * as schema from "../../../db/schema/index.ts";
import { insertLocal, type LocalStatement } from "../statement.ts";
import { type AuditKind, auditRow } from "./operation.ts";
import type { Sale } from "./sale.ts";

/** The rows of Stripe's event about the payment, and of the access that it grants. */
export async function paymentRows(sale: Sale): Promise<LocalStatement[]> {
  const { checkout, ownerUserId, eventId, short } = sale;
  const grants = sale.lines.flatMap(({ price }) =>
    sale.business.files["access-catalog"].grantMaps.filter((map) => map.priceId === price.id),
  );
  const audit = (key: string, eventKind: AuditKind, subjectId: string, subjectStatus: string, summary: string) =>
    auditRow(sale, key, {
      eventKind,
      actorKind: "stripe_webhook",
      summary,
      createdAt: checkout.paidAt,
      stripeEventId: eventId,
      ...sale.start,
      subjectId,
      subjectStatus,
    });
  return [
    insertLocal(schema.stripeWebhookEvents, {
      id: eventId,
      ownerUserId,
      eventType: "checkout.session.completed",
      apiVersion: sale.story.stripeApiVersion,
      livemode: 0,
      status: "processed",
      processedAt: checkout.paidAt,
      payloadRedactedJson: JSON.stringify({ paymentStatus: "paid", checkoutIntentId: checkout.id }),
      payloadSha256: await sha256(`story payload of ${eventId}`),
      stripeCreatedAt: checkout.paidAt,
      checkoutIntentId: checkout.id,
      reference: `stripe-event-story-${short}`,
      receivedAt: checkout.paidAt,
      updatedAt: checkout.paidAt,
    }),
    ...(["session_complete", "paid"] as const).map((fact) =>
      insertLocal(schema.checkoutFacts, {
        ownerUserId,
        checkoutIntentId: checkout.id,
        fact,
        stripeEventId: eventId,
        occurredAt: checkout.paidAt,
      }),
    ),
    audit(
      "paid",
      "checkout.session.completed",
      checkout.id,
      "paid",
      "Stripe reported the payment page as completed, the payment.",
    ),
    ...grants.flatMap((grant, index) => {
      const entitlementId = `entitlement-${checkout.id}-${grant.entitlementTemplateId}`;
      return [
        insertLocal(schema.productEntitlements, {
          id: entitlementId,
          ownerUserId,
          checkoutIntentId: checkout.id,
          productId: grant.productId,
          entitlementTemplateId: grant.entitlementTemplateId,
          accessRuleId: grant.accessRuleId,
          grantKind: "sandbox_paid_webhook",
          sourcePriceId: grant.priceId,
          grantedAt: checkout.paidAt,
          sourceStripeEventId: eventId,
          sourceCommerceProductId: grant.sourceCommerceProductId,
          buyerUserId: sale.story.buyer.id,
          updatedAt: checkout.paidAt,
        }),
        insertLocal(schema.productFulfillmentTasks, {
          id: `fulfillment-${checkout.id}-${grant.entitlementTemplateId}`,
          ownerUserId,
          entitlementId,
          checkoutIntentId: checkout.id,
          productId: grant.productId,
          fulfillmentKind: grant.taskKind,
          summary: grant.taskSummary,
          createdAt: checkout.paidAt,
          updatedAt: checkout.paidAt,
        }),
        audit(`grant-${index}`, "product_entitlement_granted", entitlementId, "active", "A paid checkout gave access."),
      ];
    }),
  ];
}
