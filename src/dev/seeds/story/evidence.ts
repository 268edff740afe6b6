import { isoTime } from "../../../base/time.ts";
import { commissionOf } from "../../../commerce/affiliates/commission.ts";
import { evidenceContract } from "../../../commerce/affiliates/contracts.ts";
import { evidenceText } from "../../../commerce/confirmation-texts.ts";
import * as schema from "../../../db/schema/index.ts";
import { insertLocal, type LocalStatement } from "../statement.ts";
import { operationRow } from "./operation.ts";
import { operationId, type Sale } from "./sale.ts";

const DAY_MS = 86_400_000;

/** Review-only evidence of what the checkout is worth to its partner. */
export async function evidenceRows(sale: Sale): Promise<LocalStatement[]> {
  const { checkout, ownerUserId, short } = sale;
  const { evidence } = checkout;
  if (!evidence) return [];
  const rates = sale.business.files.affiliates.programs.flatMap((program) => program.commissionRules);
  const commission = commissionOf(
    sale.lines.map(({ price }) => ({ priceId: price.id, unitAmountCents: price.unitAmountCents })),
    rates,
  );
  if (!commission) throw new Error(`no price of ${checkout.id} has a rate`);
  const at = evidence.recordedAt;
  const paid = checkout.paidAt <= at;
  const statuses = {
    ledgerStatus: evidenceContract.initialLedgerStatus,
    reviewStatus: evidenceContract.initialReviewStatus,
    payoutStatus: evidenceContract.initialPayoutStatus,
  };
  return [
    await operationRow(sale, {
      step: "evidence",
      write: evidenceContract.write,
      at,
      endedAt: at,
      subjectId: checkout.id,
      subjectUpdatedAt: paid ? checkout.paidAt : checkout.openedAt,
      text: evidenceText(sale.business.files.business),
      input: { checkoutIntentId: checkout.id },
      result: {
        commissionLedgerId: evidence.id,
        checkoutIntentId: checkout.id,
        referralAttributionId: sale.attributionId,
        referralClickId: checkout.clickId,
        referralLinkId: sale.link.id,
        partnerId: sale.link.partnerId,
        grossSaleCents: sale.amountCents,
        commissionCents: commission.commissionCents,
        ...statuses,
        updatedAt: isoTime(at),
      },
    }),
    insertLocal(schema.affiliateCommissionLedgerEntries, {
      id: evidence.id,
      ownerUserId,
      checkoutIntentId: checkout.id,
      referralAttributionId: sale.attributionId,
      referralClickId: checkout.clickId,
      referralLinkId: sale.link.id,
      partnerId: sale.link.partnerId,
      referralCode: sale.link.code,
      sourceCheckoutAmountCents: sale.amountCents,
      commissionCents: commission.commissionCents,
      ...statuses,
      idempotencyKey: `story-${short}-evidence`,
      auditCorrelationId: `audit-story-${short}-evidence`,
      operationId: operationId(short, "evidence"),
      actorId: sale.story.buyer.id,
      commissionRuleIdsJson: JSON.stringify(commission.ruleIds),
      sourceCheckoutStatus: paid ? "paid" : "open",
      currency: sale.first.price.currency,
      refundWindowDays: commission.holdDays,
      reversibleUntil: at + commission.holdDays * DAY_MS,
      createdAt: at,
      updatedAt: at,
    }),
    insertLocal(schema.paymentAuditEvents, {
      id: `audit-event-story-${short}-evidence`,
      ownerUserId,
      checkoutIntentId: checkout.id,
      eventKind: "affiliate_commission_ledger_review_only_created",
      actorKind: "oauth_client",
      actorId: sale.story.buyer.id,
      clientId: sale.story.clientId,
      proof: "argument",
      summary: "Review-only commission evidence was recorded.",
      createdAt: at,
      operationId: operationId(short, "evidence"),
      auditCorrelationId: `audit-story-${short}-evidence`,
      subjectId: evidence.id,
      subjectStatus: statuses.ledgerStatus,
    }),
  ];
}
