import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, primaryKey, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { checkoutIntents, checkoutReferralAttributions } from "./checkout.ts";
import { flag, instant, metadataJson, oneOf, ownerUserId } from "./columns.ts";
import { declareTable, internal, label, priv, pub } from "./declare.ts";
import * as words from "./vocabulary.ts";

export const affiliateCommissionLedgerEntries = declareTable(
  "affiliate_commission_ledger_entries",
  { published: true, part: "affiliates" },
  {
    id: pub(text("id").notNull()),
    checkoutIntentId: pub(text("checkout_intent_id").notNull()),
    referralAttributionId: pub(text("referral_attribution_id").notNull()),
    referralClickId: pub(text("referral_click_id").notNull()),
    referralLinkId: pub(text("referral_link_id").notNull()),
    partnerId: pub(text("partner_id").notNull()),
    sourceCheckoutAmountCents: pub(integer("source_checkout_amount_cents").notNull()),
    commissionCents: pub(integer("commission_cents").notNull()),
    ledgerStatus: pub(text("ledger_status", { enum: words.LEDGER_STATUSES }).notNull().default("review_only")),
    reviewStatus: pub(text("review_status", { enum: words.REVIEW_STATUSES }).notNull().default("refund_window_open")),
    payoutStatus: pub(text("payout_status", { enum: words.PAYOUT_STATUSES }).notNull().default("not_payable")),
    idempotencyKey: priv(text("idempotency_key").notNull()),
    auditCorrelationId: priv(text("audit_correlation_id").notNull()),
    metadataJson: priv(metadataJson()),
    buyers: label("buyer identifiers"),
    stripeIds: label("raw Stripe identifiers"),
    payoutAccounts: label("partner payout accounts"),
    taxForms: label("tax forms"),
    reviewNotes: label("private review notes"),
    ownerUserId: internal(ownerUserId()),
    operationId: internal(text("operation_id").notNull()),
    actorId: internal(text("actor_id").notNull()),
    referralCode: internal(text("referral_code").notNull()),
    commissionRuleIdsJson: internal(text("commission_rule_ids_json").notNull()),
    sourceCheckoutStatus: internal(text("source_checkout_status", { enum: words.CHECKOUT_STATUSES }).notNull()),
    currency: internal(text("currency").notNull()),
    refundWindowDays: internal(integer("refund_window_days").notNull().default(14)),
    reversibleUntil: internal(instant("reversible_until").notNull()),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.checkoutIntentId],
      foreignColumns: [checkoutIntents.ownerUserId, checkoutIntents.id],
    }),
    foreignKey({
      columns: [t.ownerUserId, t.referralAttributionId],
      foreignColumns: [checkoutReferralAttributions.ownerUserId, checkoutReferralAttributions.id],
    }),
    uniqueIndex("affiliate_commission_ledger_entries_intent").on(t.ownerUserId, t.checkoutIntentId),
    index("affiliate_commission_ledger_entries_created").on(t.ownerUserId, t.createdAt, t.id),
    // The trigger that keeps the totals finds the latest date of a group here without reading the group.
    index("affiliate_commission_ledger_entries_group").on(
      t.ownerUserId,
      t.referralLinkId,
      t.ledgerStatus,
      t.reviewStatus,
      t.createdAt,
    ),
    oneOf("affiliate_commission_ledger_entries_ledger_status", t.ledgerStatus, words.LEDGER_STATUSES),
    oneOf("affiliate_commission_ledger_entries_review_status", t.reviewStatus, words.REVIEW_STATUSES),
    oneOf("affiliate_commission_ledger_entries_payout_status", t.payoutStatus, words.PAYOUT_STATUSES),
    check("affiliate_commission_ledger_entries_amount", sql`${t.sourceCheckoutAmountCents} > 0`),
    check(
      "affiliate_commission_ledger_entries_commission",
      sql`${t.commissionCents} BETWEEN 0 AND ${t.sourceCheckoutAmountCents}`,
    ),
  ],
);

export const affiliateCommissionLedgerActions = declareTable(
  "affiliate_commission_ledger_actions",
  { published: true, part: "affiliates" },
  {
    id: pub(text("id").notNull()),
    commissionLedgerId: pub(text("commission_ledger_id").notNull()),
    checkoutIntentId: pub(text("checkout_intent_id").notNull()),
    actionKind: pub(text("action_kind", { enum: words.REVIEW_ACTION_KINDS }).notNull()),
    previousLedgerStatus: pub(text("previous_ledger_status", { enum: words.LEDGER_STATUSES }).notNull()),
    nextLedgerStatus: pub(text("next_ledger_status", { enum: words.LEDGER_STATUSES }).notNull()),
    previousReviewStatus: pub(text("previous_review_status", { enum: words.REVIEW_STATUSES }).notNull()),
    nextReviewStatus: pub(text("next_review_status", { enum: words.REVIEW_STATUSES }).notNull()),
    nextPayoutStatus: pub(text("next_payout_status", { enum: words.PAYOUT_STATUSES }).notNull()),
    createdAt: pub(instant("created_at").notNull()),
    /** Null, as the address: the row is under the seal, and either may name a person. Its operation has the key. */
    idempotencyKey: priv(text("idempotency_key")),
    actorUserId: priv(text("actor_user_id").notNull()),
    actorEmail: priv(text("actor_email")),
    reason: label("private reason"),
    metadataJson: priv(metadataJson()),
    buyers: label("buyer identifiers"),
    stripeIds: label("raw Stripe identifiers"),
    payoutAccounts: label("partner payout accounts"),
    taxForms: label("tax forms"),
    ownerUserId: internal(ownerUserId()),
    operationId: internal(text("operation_id").notNull()),
    previousPayoutStatus: internal(text("previous_payout_status", { enum: words.PAYOUT_STATUSES }).notNull()),
    actorRole: internal(text("actor_role").notNull().default("owner")),
    /** 1 where a reason was given: a row of `personal_notes` until it is erased. */
    reasonGiven: internal(integer("reason_given").notNull().default(0)),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.commissionLedgerId],
      foreignColumns: [affiliateCommissionLedgerEntries.ownerUserId, affiliateCommissionLedgerEntries.id],
    }),
    index("affiliate_commission_ledger_actions_entry").on(t.ownerUserId, t.commissionLedgerId, t.createdAt),
    oneOf("affiliate_commission_ledger_actions_kind", t.actionKind, words.REVIEW_ACTION_KINDS),
    oneOf("affiliate_commission_ledger_actions_previous_ledger", t.previousLedgerStatus, words.LEDGER_STATUSES),
    oneOf("affiliate_commission_ledger_actions_next_ledger", t.nextLedgerStatus, words.LEDGER_STATUSES),
    oneOf("affiliate_commission_ledger_actions_previous_review", t.previousReviewStatus, words.REVIEW_STATUSES),
    oneOf("affiliate_commission_ledger_actions_next_review", t.nextReviewStatus, words.REVIEW_STATUSES),
    oneOf("affiliate_commission_ledger_actions_previous_payout", t.previousPayoutStatus, words.PAYOUT_STATUSES),
    oneOf("affiliate_commission_ledger_actions_next_payout", t.nextPayoutStatus, words.PAYOUT_STATUSES),
    flag("affiliate_commission_ledger_actions_reason", t.reasonGiven),
    check(
      "affiliate_commission_ledger_actions_sealed",
      sql`${t.idempotencyKey} IS NULL AND ${t.actorEmail} IS NULL AND ${t.metadataJson} = '{}'`,
    ),
  ],
);

/** Kept by triggers on every entry and every change of its statuses. */
export const commissionLedgerTotals = declareTable(
  "commission_ledger_totals",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    referralLinkId: pub(text("referral_link_id").notNull()),
    referralCode: pub(text("referral_code").notNull()),
    partnerId: pub(text("partner_id").notNull()),
    ledgerStatus: pub(text("ledger_status").notNull()),
    reviewStatus: pub(text("review_status").notNull()),
    payoutStatus: pub(text("payout_status").notNull()),
    totalLedgers: pub(integer("total_ledgers").notNull()),
    totalSourceCheckoutAmountCents: pub(integer("total_source_checkout_amount_cents").notNull()),
    totalCommissionCents: pub(integer("total_commission_cents").notNull()),
    lastCreatedAt: pub(instant("last_created_at").notNull()),
  },
  (t) => [
    primaryKey({
      columns: [
        t.ownerUserId,
        t.referralLinkId,
        t.referralCode,
        t.partnerId,
        t.ledgerStatus,
        t.reviewStatus,
        t.payoutStatus,
      ],
    }),
  ],
);

/** Kept by a trigger on every review action. */
export const commissionReviewTotals = declareTable(
  "commission_review_totals",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    referralLinkId: pub(text("referral_link_id").notNull()),
    referralCode: pub(text("referral_code").notNull()),
    partnerId: pub(text("partner_id").notNull()),
    actionKind: pub(text("action_kind").notNull()),
    nextLedgerStatus: pub(text("next_ledger_status").notNull()),
    nextReviewStatus: pub(text("next_review_status").notNull()),
    nextPayoutStatus: pub(text("next_payout_status").notNull()),
    totalActions: pub(integer("total_actions").notNull()),
    lastCreatedAt: pub(instant("last_created_at").notNull()),
  },
  (t) => [
    primaryKey({
      columns: [
        t.ownerUserId,
        t.referralLinkId,
        t.referralCode,
        t.partnerId,
        t.actionKind,
        t.nextLedgerStatus,
        t.nextReviewStatus,
        t.nextPayoutStatus,
      ],
    }),
  ],
);
