import * as z from "zod";
import * as fields from "../src/base/fields.ts";
import { moneyText } from "../src/base/money.ts";
import { Problem } from "../src/base/problem.ts";
import { isoTime } from "../src/base/time.ts";
import { type Commission, commissionOf } from "../src/commerce/affiliates/commission.ts";
import { evidenceContract } from "../src/commerce/affiliates/contracts.ts";
import { orderText } from "../src/commerce/checkout/order-text.ts";
import { checkoutUri, requireOwnCheckout } from "../src/commerce/checkout/own-checkout.ts";
import { evidenceText } from "../src/commerce/confirmation-texts.ts";
import { sellsOffer } from "../src/commerce/modes.ts";
import { moneyLines } from "../src/commerce/money-lines.ts";
import { ledgerWords } from "../src/commerce/words.ts";
import { guardIntentUnchanged, intentById, linesOf } from "../src/db/checkouts.ts";
import { countUp } from "../src/db/counts.ts";
import { attributionOf, guardNoEvidence, insertLedgerEntry, ledgerEntryOf, ratesOf } from "../src/db/ledger.ts";
import { LEDGER_STATUSES, PAYOUT_STATUSES, REVIEW_STATUSES } from "../src/db/schema/vocabulary.ts";
import { defineConfirmedWrite, madeBy } from "../src/kernel/confirmed-write.ts";

const DAY_MS = 86_400_000;

/** Records what an attributed checkout would be worth to its partner, for the owner's review. It is never paid. */
export const createCommissionEvidence = defineConfirmedWrite({
  name: evidenceContract.write,
  contract: evidenceContract,
  title: "Create commission evidence",
  description:
    "Record review-only commission evidence for one of your checkouts that has a referral attribution. One per checkout; nothing becomes payable. Read commerce://checkouts/{checkoutIntentId} first: it has the exact text and updatedAt.",
  scope: "affiliates:write",
  risk: "records",
  part: "affiliates",
  route: `POST ${evidenceContract.route}`,
  input: z.object({ checkoutIntentId: fields.checkoutIntentId }),
  output: z.object({
    commissionLedgerId: z.string(),
    checkoutIntentId: z.string(),
    referralAttributionId: z.string(),
    referralClickId: z.string(),
    referralLinkId: z.string(),
    partnerId: z.string(),
    grossSaleCents: fields.amountCents,
    commissionCents: fields.amountCents,
    ledgerStatus: z.enum(LEDGER_STATUSES),
    reviewStatus: z.enum(REVIEW_STATUSES),
    payoutStatus: z.enum(PAYOUT_STATUSES),
    updatedAt: z.string().describe("The entry's version: a review quotes it as expectedUpdatedAt"),
  }),

  load: ({ input: { checkoutIntentId }, ctx }) => ({
    intent: intentById(ctx, checkoutIntentId),
    lines: linesOf(ctx, checkoutIntentId),
    attribution: attributionOf(ctx, checkoutIntentId),
    rates: ratesOf(ctx, checkoutIntentId),
    entry: ledgerEntryOf(ctx, checkoutIntentId),
  }),

  subject({ loaded, actor }) {
    const intent = requireOwnCheckout(loaded.intent[0], actor);
    return { id: intent.id, updatedAt: intent.updatedAt, intent };
  },
  subjectResource: ({ id }) => checkoutUri(id),

  confirmation: ({ subject, business }) => evidenceText(business, subject.intent.stripeMode),

  mode: ({ subject: { intent } }) => intent.stripeMode,

  questionLines: ({ subject: { intent }, loaded }) => [
    { label: "Order", value: orderText(loaded.lines, intent.createdAt) },
    { label: "Referred by", value: loaded.attribution[0]?.referralCode ?? "no partner" },
    ...moneyLines("Sale", intent),
    {
      label: "Commission to be reviewed",
      value: moneyText(commissionOf(loaded.lines, loaded.rates)?.commissionCents ?? 0, intent.currency),
    },
    { label: "Now", value: "nothing is noted" },
    {
      label: "Then",
      value: `${ledgerWords(evidenceContract.initialLedgerStatus, evidenceContract.initialReviewStatus)}; not payable`,
    },
  ],

  eligible({ subject: { id, intent }, loaded }) {
    const refuse = (detail: string) => new Problem("ineligible_state", { detail, resource: checkoutUri(id) });
    const [entry] = loaded.entry;
    if (entry) throw refuse(`This checkout has its evidence: ${entry.id}. There is one per checkout.`);
    if (!sellsOffer(intent)) throw refuse("Only the checkout of an offer can have evidence.");
    if (!evidenceContract.eligibleStatuses.some((eligible) => eligible === intent.status)) {
      throw refuse(`The checkout is ${intent.status}; it has to be ${evidenceContract.eligibleStatuses.join(", ")}.`);
    }
    if (!loaded.attribution[0]) throw refuse("The checkout has no referral attribution.");
    if (!commissionOf(loaded.lines, loaded.rates)) throw refuse("No price of the checkout has a commission rate.");
  },

  async plan({ subject: { intent }, loaded, operation, ctx }) {
    const [attribution] = loaded.attribution;
    const commission = commissionOf(loaded.lines, loaded.rates);
    if (!attribution || !commission) throw new Error("evidence without attribution or rate passed the checks");
    const id = ctx.ids.next("commission-ledger");
    const shared = {
      checkoutIntentId: intent.id,
      referralAttributionId: attribution.id,
      referralClickId: attribution.referralClickId,
      referralLinkId: attribution.referralLinkId,
      partnerId: attribution.partnerId,
      commissionCents: commission.commissionCents,
      ledgerStatus: evidenceContract.initialLedgerStatus,
      reviewStatus: evidenceContract.initialReviewStatus,
      payoutStatus: evidenceContract.initialPayoutStatus,
    };
    return {
      writes: [
        guardNoEvidence(ctx, intent.id),
        guardIntentUnchanged(ctx, intent),
        ...(intent.status === "paid"
          ? []
          : countUp(ctx, "unpaidEvidenceADay", operation.actor.id, ctx.accountBounds.unpaidEvidenceADay)),
        insertLedgerEntry(ctx, {
          id,
          ...shared,
          sourceCheckoutAmountCents: intent.amountCents,
          sourceCheckoutStatus: intent.status,
          currency: intent.currency,
          referralCode: attribution.referralCode,
          commissionRuleIdsJson: JSON.stringify(commission.ruleIds),
          ...refundWindow(operation.now, commission),
          ...madeBy(operation, ctx),
          actorId: operation.actor.id,
          auditCorrelationId: operation.auditCorrelationId,
          updatedAt: operation.now,
        }),
      ],
      audit: [
        {
          eventKind: "affiliate_commission_ledger_review_only_created",
          subjectId: id,
          subjectStatus: shared.ledgerStatus,
          checkoutIntentId: intent.id,
          summary: "Review-only commission evidence was recorded. Nothing became payable.",
        },
      ],
      result: {
        commissionLedgerId: id,
        ...shared,
        grossSaleCents: intent.amountCents,
        updatedAt: isoTime(operation.now),
      },
    };
  },
});

/** The length and the end of the time in which the evidence can be reversed. */
function refundWindow(now: number, { holdDays }: Commission) {
  return { refundWindowDays: holdDays, reversibleUntil: now + holdDays * DAY_MS };
}
