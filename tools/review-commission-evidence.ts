import * as z from "zod";
import * as fields from "../src/base/fields.ts";
import { moneyText } from "../src/base/money.ts";
import { notFound, Problem } from "../src/base/problem.ts";
import { isoTime, minuteText, nextVersion } from "../src/base/time.ts";
import { reviewContract, reviewTransition } from "../src/commerce/affiliates/contracts.ts";
import { ledgerEntryUri } from "../src/commerce/affiliates/ledger-entry.ts";
import { moneyLines } from "../src/commerce/money-lines.ts";
import { ledgerWords, REVIEW_ACTION_WORDS } from "../src/commerce/words.ts";
import { ledgerEntryById, linesOfEntry, reviewActionToInsert, updateLedgerEntry } from "../src/db/ledger.ts";
import { LEDGER_STATUSES, PAYOUT_STATUSES, REVIEW_ACTION_KINDS, REVIEW_STATUSES } from "../src/db/schema/vocabulary.ts";
import { defineConfirmedWrite, madeUnderSeal, quotedReason } from "../src/kernel/confirmed-write.ts";

/** Marks a ledger entry reviewed, held or reversed. `reversed` is final, and no entry becomes payable. */
export const reviewCommissionEvidence = defineConfirmedWrite({
  name: reviewContract.write,
  contract: reviewContract,
  title: "Review commission evidence",
  description:
    "As the owner, mark a commission ledger entry reviewed, hold it, or reverse it for good. Moves no money. Read commerce://ledger-entries/{id} first: it has the exact text and updatedAt.",
  scope: "owner:write",
  risk: {
    argument: "actionKind",
    of: { mark_reviewed: "records", hold_for_review: "records", reverse_evidence: "final" },
  },
  part: "affiliates",
  route: `POST ${reviewContract.route}`,
  input: z.object({
    commissionLedgerId: fields.commissionLedgerId,
    actionKind: z.enum(REVIEW_ACTION_KINDS).describe("reverse_evidence is final"),
    reason: fields.privateReason,
  }),
  aside: ["reason"],
  output: z.object({
    id: z.string().describe("The action"),
    commissionLedgerId: z.string(),
    actionKind: z.enum(REVIEW_ACTION_KINDS),
    previousLedgerStatus: z.enum(LEDGER_STATUSES),
    nextLedgerStatus: z.enum(LEDGER_STATUSES),
    previousReviewStatus: z.enum(REVIEW_STATUSES),
    nextReviewStatus: z.enum(REVIEW_STATUSES),
    nextPayoutStatus: z.enum(PAYOUT_STATUSES),
    grossSaleCents: fields.amountCents,
    commissionCents: fields.amountCents,
    ledgerStatus: z.enum(LEDGER_STATUSES),
    reviewStatus: z.enum(REVIEW_STATUSES),
    payoutStatus: z.enum(PAYOUT_STATUSES),
    updatedAt: z.string().describe("The entry's new version: quote it as expectedUpdatedAt"),
  }),

  load: ({ input, ctx }) => ({
    entry: ledgerEntryById(ctx, input.commissionLedgerId),
    lines: linesOfEntry(ctx, input.commissionLedgerId),
  }),

  subject({ loaded }) {
    const [entry] = loaded.entry;
    if (!entry) throw notFound("commissionLedgerId");
    return { id: entry.id, updatedAt: entry.updatedAt, entry };
  },
  subjectResource: ({ id }) => ledgerEntryUri(id),

  confirmation: ({ business }) => reviewContract.confirmation(business),

  mode: ({ loaded }) => loaded.lines[0]?.stripeMode,

  questionLines({ input, subject: { entry }, loaded }) {
    const next = reviewTransition(input.actionKind);
    const { sourceCheckoutAmountCents: amountCents, currency } = entry;
    const { taxBehavior = null, taxCents = null } = loaded.lines[0] ?? {};
    return [
      { label: "Commission evidence of", value: minuteText(entry.createdAt) },
      { label: "Order", value: loaded.lines.map(({ name }) => name).join(" and ") },
      { label: "Referred by", value: entry.referralCode },
      ...moneyLines("Sale", { amountCents, currency, taxBehavior, taxCents }),
      { label: "Commission", value: moneyText(entry.commissionCents, entry.currency) },
      { label: "Action", value: REVIEW_ACTION_WORDS[input.actionKind] },
      { label: "Now", value: ledgerWords(entry.ledgerStatus, entry.reviewStatus) },
      { label: "Then", value: `${ledgerWords(next.nextLedgerStatus, next.nextReviewStatus)}; not payable` },
      ...quotedReason(input.reason),
    ];
  },

  eligible({ subject: { id, entry } }) {
    if (reviewContract.eligibleStatuses.some((eligible) => eligible === entry.ledgerStatus)) return;
    throw new Problem("ineligible_state", {
      detail: `The entry is ${entry.ledgerStatus}; it has to be ${reviewContract.eligibleStatuses.join(", ")}.`,
      resource: ledgerEntryUri(id),
    });
  },

  async plan({ input, subject: { entry }, operation, ctx }) {
    const { actionKind, nextLedgerStatus, nextReviewStatus, nextPayoutStatus } = reviewTransition(input.actionKind);
    const updatedAt = nextVersion(entry.updatedAt, operation.now);
    const became = { ledgerStatus: nextLedgerStatus, reviewStatus: nextReviewStatus, payoutStatus: nextPayoutStatus };
    const action = {
      id: ctx.ids.next("commission-review-action"),
      commissionLedgerId: entry.id,
      actionKind,
      previousLedgerStatus: entry.ledgerStatus,
      nextLedgerStatus,
      previousReviewStatus: entry.reviewStatus,
      nextReviewStatus,
      nextPayoutStatus,
    };
    const { inserts, rowSha256 } = await reviewActionToInsert(
      ctx,
      {
        ...action,
        checkoutIntentId: entry.checkoutIntentId,
        previousPayoutStatus: entry.payoutStatus,
        ...madeUnderSeal(operation, ctx),
        actorUserId: operation.actor.id,
      },
      input.reason,
    );
    return {
      writes: [...updateLedgerEntry(ctx, entry, { ...became, updatedAt }), ...inserts],
      audit: [
        {
          eventKind: "affiliate_commission_ledger_owner_review_action",
          subjectId: entry.id,
          subjectStatus: nextReviewStatus,
          checkoutIntentId: entry.checkoutIntentId,
          summary: `The owner's review of commission evidence: ${REVIEW_ACTION_WORDS[actionKind].toLowerCase()}.`,
          rowSha256,
        },
      ],
      result: {
        ...action,
        grossSaleCents: entry.sourceCheckoutAmountCents,
        commissionCents: entry.commissionCents,
        ...became,
        updatedAt: isoTime(updatedAt),
      },
    };
  },
});
