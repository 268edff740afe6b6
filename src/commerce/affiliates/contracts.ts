import type {
  LEDGER_STATUSES,
  PAYOUT_STATUSES,
  REVIEW_ACTION_KINDS,
  REVIEW_STATUSES,
} from "../../db/schema/vocabulary.ts";
import type { WriteContract } from "../../kernel/write-contract.ts";
import { reviewText } from "../confirmation-texts.ts";
import { ROUTES } from "../routes.ts";

export type ReviewActionKind = (typeof REVIEW_ACTION_KINDS)[number];

/** A review action, and the statuses of the entry after it. */
interface ReviewTransition {
  readonly actionKind: ReviewActionKind;
  readonly nextLedgerStatus: (typeof LEDGER_STATUSES)[number];
  readonly nextReviewStatus: (typeof REVIEW_STATUSES)[number];
  readonly nextPayoutStatus: (typeof PAYOUT_STATUSES)[number];
}

/** A visit through a referral link. It has an idempotency key and needs no confirmation. */
export const clickContract = {
  id: "affiliate-referral-click-contract",
  status: "click-evidence-ready",
  route: ROUTES.clicks,
  tables: ["affiliate_referral_clicks"],
  serverPrivateFields: [
    "idempotency_key",
    "utm_source",
    "visitor_key_hash",
    "ip_hash",
    "user_agent_hash",
    "referrer_hash",
    "request_hash",
    "metadata_json",
  ],
} as const;

/** A click that is attached to a checkout when it starts, as part of that confirmed write. */
export const attributionContract = {
  id: "checkout-referral-attribution-contract",
  status: "checkout-attribution-evidence-ready",
  write: "start_checkout",
  route: ROUTES.checkout,
  tables: ["checkout_referral_attributions"],
  eligibleStatuses: [],
  /** A click counts for as long as its link's rule says, and never longer than this. */
  maxClickAgeDays: 30,
  serverPrivateFields: [
    "audit_correlation_id",
    "metadata_json",
    "raw click rows",
    "raw cookies",
    "buyer identifiers",
    "raw Stripe identifiers",
    "payout or tax data",
  ],
} as const satisfies WriteContract & Record<string, unknown>;

/** Computes what an attributed checkout would be worth to its partner, for the owner's review. It is never payable. */
export const evidenceContract = {
  id: "affiliate-commission-ledger-contract",
  status: "owner-review-actions-ready",
  write: "create_commission_evidence",
  route: ROUTES.commissionLedger,
  tables: ["affiliate_commission_ledger_entries", "affiliate_commission_ledger_actions"],
  eligibleStatuses: ["created", "open", "completed", "paid"],
  initialLedgerStatus: "review_only",
  initialReviewStatus: "refund_window_open",
  initialPayoutStatus: "not_payable",
  serverPrivateFields: [
    "idempotency_key",
    "audit_correlation_id",
    "metadata_json",
    "actor_user_id",
    "actor_email",
    "private action reason",
    "buyer identifiers",
    "raw Stripe identifiers",
    "partner payout accounts",
    "tax forms",
    "private review notes",
  ],
} as const satisfies WriteContract & Record<string, unknown>;

/** The owner's decision on an entry. `reversed` is final, and no action makes an entry payable. */
export const reviewContract = {
  id: "affiliate-commission-review-actions-contract",
  status: "owner-review-actions-ready",
  write: "review_commission_evidence",
  route: ROUTES.reviewActions,
  tables: ["affiliate_commission_ledger_actions"],
  /** By `ledger_status` of the entry. */
  eligibleStatuses: ["review_only"],
  auth: "Better Auth owner session required",
  confirmation: reviewText,
  allowedActions: [
    {
      actionKind: "mark_reviewed",
      nextLedgerStatus: "review_only",
      nextReviewStatus: "owner_reviewed",
      nextPayoutStatus: "not_payable",
    },
    {
      actionKind: "hold_for_review",
      nextLedgerStatus: "review_only",
      nextReviewStatus: "owner_hold",
      nextPayoutStatus: "not_payable",
    },
    {
      actionKind: "reverse_evidence",
      nextLedgerStatus: "reversed",
      nextReviewStatus: "owner_reversed",
      nextPayoutStatus: "not_payable",
    },
  ],
  writeSafety: [
    "owner session",
    "exact confirmation text",
    "idempotency key",
    "expectedUpdatedAt stale-state check",
    "audit correlation",
    "public-safe redaction",
  ],
  serverPrivateFields: ["idempotency_key", "actor_user_id", "actor_email", "private reason", "metadata_json"],
} as const satisfies WriteContract & { allowedActions: readonly ReviewTransition[] } & Record<string, unknown>;

/** The statuses of an entry after the action. */
export function reviewTransition(actionKind: ReviewActionKind): ReviewTransition {
  const found = reviewContract.allowedActions.find((action) => action.actionKind === actionKind);
  if (!found) throw new Error(`no transition is declared for ${actionKind}`);
  return found;
}
