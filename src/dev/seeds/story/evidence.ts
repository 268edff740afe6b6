import { DAY_MS, isoTime } from "../../../base/time.ts";
import { commissionOf } from "../../../commerce/affiliates/commission.ts";
import { evidenceContract } from "../../../commerce/affiliates/contracts.ts";
import { evidenceText } from "../../../commerce/confirmation-texts.ts";
import * as schema from "../../../db/schema/index.ts";
import { insertLocal, type LocalStatement } from "../statement.ts";
import { auditRow, byAgent, operationRow } from "./operation.ts";
import { type Sale, traceOf } from "./sale.ts";

/** The rows of review-only commission evidence for the checkout. */
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
  const trace = traceOf(short, "evidence");
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
      text: evidenceText(sale.business.files.business, "sandbox"),
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
      ...trace,
      actorId: sale.story.buyer.id,
      commissionRuleIdsJson: JSON.stringify(commission.ruleIds),
      sourceCheckoutStatus: paid ? "paid" : "open",
      currency: sale.first.price.currency,
      refundWindowDays: commission.holdDays,
      reversibleUntil: at + commission.holdDays * DAY_MS,
      createdAt: at,
      updatedAt: at,
    }),
    auditRow(sale, "evidence", {
      eventKind: "affiliate_commission_ledger_review_only_created",
      ...byAgent(sale),
      summary: "Review-only commission evidence was recorded.",
      createdAt: at,
      ...trace,
      subjectId: evidence.id,
      subjectStatus: statuses.ledgerStatus,
    }),
  ];
}
