import type { AffiliatesRows, CommerceRows } from "../db/source-data.ts";
import { epochSeconds } from "./published-times.ts";

type SharedRows = Pick<CommerceRows, "attributionTotals" | "ledgerTotals" | "reviewTotals">;

/** Decisions counted by offer and kind. Aggregates keep the names of their columns. */
export const decisionSummary = (rows: Pick<CommerceRows, "decisionTotals">) => ({
  status: "available",
  aggregateCounts: rows.decisionTotals.map((total) => ({
    offer_stack_id: total.offerStackId,
    presented_offer_id: total.presentedOfferId,
    decision_kind: total.decisionKind,
    total_decisions: total.totalDecisions,
    last_created_at: epochSeconds(total.lastCreatedAt),
  })),
  rawRowsIncluded: false,
  privateDataIncluded: false,
  billingMutationsIncluded: false,
  fulfillmentRowsIncluded: false,
  entitlementRowsIncluded: false,
});

/** Attributed checkouts counted by link. */
export const attributionSummary = (rows: SharedRows) => ({
  status: "available",
  aggregateCounts: rows.attributionTotals.map((total) => ({
    referral_link_id: total.referralLinkId,
    referral_code: total.referralCode,
    partner_id: total.partnerId,
    destination_route: total.destinationRoute,
    attribution_status: total.attributionStatus,
    total_checkouts: total.totalCheckouts,
    last_attached_at: epochSeconds(total.lastAttachedAt),
  })),
  rawRowsIncluded: false,
  privateDataIncluded: false,
  commissionRowsIncluded: false,
});

/** Evidence counted and summed by link and statuses, and review actions counted by kind. */
export const ledgerSummary = (rows: SharedRows) => ({
  status: "available",
  aggregateCounts: rows.ledgerTotals.map((total) => ({
    referral_link_id: total.referralLinkId,
    referral_code: total.referralCode,
    partner_id: total.partnerId,
    ledger_status: total.ledgerStatus,
    review_status: total.reviewStatus,
    payout_status: total.payoutStatus,
    total_ledgers: total.totalLedgers,
    total_source_checkout_amount_cents: total.totalSourceCheckoutAmountCents,
    total_commission_cents: total.totalCommissionCents,
    last_created_at: epochSeconds(total.lastCreatedAt),
  })),
  reviewActionCounts: reviewActionCounts(rows),
  rawRowsIncluded: false,
  privateDataIncluded: false,
  payableRowsIncluded: false,
  payoutRowsIncluded: false,
  taxRowsIncluded: false,
  partnerNotificationsIncluded: false,
});

/** Clicks counted by link. No click is published. */
export const clickSummary = (rows: Pick<AffiliatesRows, "clickTotals">) => ({
  status: "available",
  aggregateCounts: rows.clickTotals.map((total) => ({
    referral_link_id: total.referralLinkId,
    referral_code: total.referralCode,
    partner_id: total.partnerId,
    destination_route: total.destinationRoute,
    total_clicks: total.totalClicks,
    last_click_at: epochSeconds(total.lastClickAt),
  })),
  rawRowsIncluded: false,
  privateDataIncluded: false,
});

/** Review actions counted by link and kind. */
export const partnerReviewSummary = (rows: SharedRows) => ({
  status: "available",
  aggregateCounts: rows.reviewTotals.map((total) => ({
    referral_link_id: total.referralLinkId,
    referral_code: total.referralCode,
    partner_id: total.partnerId,
    action_kind: total.actionKind,
    next_ledger_status: total.nextLedgerStatus,
    next_review_status: total.nextReviewStatus,
    next_payout_status: total.nextPayoutStatus,
    total_actions: total.totalActions,
    last_created_at: epochSeconds(total.lastCreatedAt),
  })),
  rawRowsIncluded: false,
  privateDataIncluded: false,
});

/** The totals of all links taken together, by action kind. */
function reviewActionCounts({ reviewTotals }: SharedRows) {
  const kinds = [...new Set(reviewTotals.map((total) => total.actionKind))].sort();
  return kinds.flatMap((kind) => {
    const [first, ...rest] = reviewTotals.filter((total) => total.actionKind === kind);
    if (!first) return [];
    const all = [first, ...rest];
    return {
      action_kind: kind,
      // An action kind has one outcome, so every one of its rows says the same.
      next_ledger_status: first.nextLedgerStatus,
      next_review_status: first.nextReviewStatus,
      next_payout_status: first.nextPayoutStatus,
      total_actions: all.reduce((sum, total) => sum + total.totalActions, 0),
      last_created_at: epochSeconds(Math.max(...all.map((total) => total.lastCreatedAt))),
    };
  });
}
