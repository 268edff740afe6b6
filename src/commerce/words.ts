import { isOfKind } from "../base/ids.ts";
import type * as vocabulary from "../db/schema/vocabulary.ts";

export { MODE_WORDS } from "../kernel/mode-words.ts";

/** The text that people read for each word of a vocabulary. A word without a text does not compile. */
type Words<Vocabulary extends readonly string[]> = Readonly<Record<Vocabulary[number], string>>;

/** A product's name; for a product that the catalog no longer names, what it is. A business's own words. */
export const productWords = (name: string | null): string => name ?? "a product that is no longer sold";
/** An offer's name; for an offer that the catalog no longer names, what it is. A business's own words. */
export const offerWords = (name: string | null): string => name ?? "an offer that is no longer shown";

export const PROOF_WORDS: Words<typeof vocabulary.PROOFS> = {
  argument: "in the app's call, which states that a person agreed",
  elicited: "asked through the person's app, which returned the exact text",
  approval_page: "by the person, on a page of this site that showed the exact text",
  passkey: "by the person, with their passkey, on a page of this site that showed the exact text",
};

/** What follows the name of a write, or "one of its actions". */
export const RISK_WORDS: Words<typeof vocabulary.RISKS> = {
  records: "adds a note or a link, and takes nothing away",
  ends: "closes something that was open",
  final: "can't be taken back",
};

export const ACTOR_WORDS: Words<typeof vocabulary.ACTOR_KINDS> = {
  oauth_client: "a person, through a connected app",
  owner_session: "the owner, signed in here",
  account_session: "a person, signed in here",
  buyer_post_purchase_page: "the buyer, by a link of theirs",
  stripe_webhook: "the payment provider, by a report",
  scheduled_run: "the scheduled run",
  operator_cli: "the operator, on the command line",
};

export const OPERATION_WORDS: Words<typeof vocabulary.OPERATION_STATUSES> = {
  pending: "being worked on",
  awaiting_approval: "waiting for approval",
  succeeded: "done",
  failed: "failed",
  outcome_unknown: "not known yet",
};

export const APPROVAL_WORDS: Words<typeof vocabulary.APPROVAL_STATUSES> = {
  pending: "waiting for approval",
  approved: "approved",
  declined: "declined by the person",
  withdrawn: "taken back",
  expired: "expired",
};

export const WITHDRAWAL_WORDS: Words<typeof vocabulary.WITHDRAWAL_REASONS> = {
  replaced: "replaced by a later call",
  subject_changed: "its subject had changed",
  client_revoked: "the app that asked was disconnected",
};

export const CHECKOUT_WORDS: Words<typeof vocabulary.CHECKOUT_STATUSES> = {
  created: "being prepared",
  open: "waiting for payment",
  completed: "ordered, the payment is on its way",
  paid: "paid",
  failed: "the payment did not go through",
  expired: "ended without payment",
  canceled: "ended without payment",
  blocked: "being looked into by a person",
  refunded: "refunded",
  disputed: "disputed at the bank",
};

/**
 * For a plan whose first payment failed. Stripe collects its open invoice again until the subscription ends, so a new
 * payment link would start a second plan.
 */
export const PAY_FROM_ACCOUNT =
  "The payment provider may try again. On your account page you see the plan's state, and you can change how you pay or end the plan.";

const sessionDiffers = (what: string) => ({
  is: `Stripe's payment page was for another ${what} than was confirmed here, so access was not given. Compare the two`,
  once: "refund the payment in full at Stripe, and the checkout becomes refunded",
  // A refund does not end a subscription: the next period would be charged all the same.
  plan: "cancel its subscription at Stripe and refund the payment in full; the checkout stays listed until both are done",
});

const BLOCKED_WORDS: Readonly<
  Record<vocabulary.BlockedReason, string | { readonly is: string; readonly once: string; readonly plan: string }>
> = {
  amount_mismatch: sessionDiffers("amount"),
  currency_mismatch: sessionDiffers("currency"),
  mode_mismatch: sessionDiffers("Stripe mode"),
  session_mispriced:
    "Stripe's payment page has another price than was confirmed here, so its link was not handed out. There is nothing to do: the page ends by itself.",
  session_unknown:
    "Stripe has not told yet whether it made a payment page. There is nothing to do: the scheduled run asks.",
};

/** Why a checkout is blocked, and what the owner does about it. */
export function blockedWords(reason: vocabulary.BlockedReason, planSlug: string | null): string {
  const words = BLOCKED_WORDS[reason];
  return typeof words === "string" ? words : `${words.is}; then ${planSlug === null ? words.once : words.plan}.`;
}

const EVENT_WORDS: Words<typeof vocabulary.EVENT_REFUSALS> & Words<typeof vocabulary.BLOCKED_REASONS> = {
  malformed_object: "It names something of ours, but its object can't be read, not even as Stripe has it now.",
  other_endpoint_mode: "It is of another Stripe mode than the endpoint that received it.",
  two_checkouts_named: "It names two checkouts.",
  checkout_not_found: "It names a checkout that does not exist here.",
  plan_and_single_payment: "It is about a plan and names a checkout that is paid once, or the other way round.",
  other_session: "It names a checkout that has another session.",
  other_payment: "It names a checkout that has another payment.",
  other_subscription: "It names a checkout that has another subscription.",
  other_invoice: "It names a checkout that has another invoice.",
  subscription_of_other_checkout: "Its subscription belongs to another checkout than the one that it names.",
  other_mode: "It names a checkout of the other Stripe mode.",
  other_price: "It names a checkout that confirmed another amount.",
  session_not_ours: "It names a checkout that asked Stripe for another session.",
  gone_at_stripe: "It or its object is gone at Stripe, so it could not be applied.",
  amount_mismatch: "Its checkout is blocked: the payment page was for another amount.",
  currency_mismatch: "Its checkout is blocked: the payment page was for another currency.",
  mode_mismatch: "Its checkout is blocked: the payment page was of another Stripe mode.",
  session_mispriced: "Its checkout is blocked: the payment page has another price than was confirmed.",
  session_unknown: "Its checkout is blocked: Stripe has not told yet whether it made a payment page.",
};

/** Why an event is blocked or failed. The `error` of a failed event is the fault's own text, shown as it is. */
export function eventReasonWords(error: string): string {
  return Object.hasOwn(EVENT_WORDS, error) ? EVENT_WORDS[error as keyof typeof EVENT_WORDS] : error;
}

/** Why an invoice pays for nothing, and what the owner does about it; `status` is that of its subscription. */
export function unservedWords(status: (typeof vocabulary.SUBSCRIPTION_STATUSES)[number] | null): string {
  const is =
    status === "canceled" || status === "incomplete_expired"
      ? "Its subscription had ended"
      : "Its plan gives nothing now";
  return `${is}. Refund the invoice at Stripe, or let the buyer start the plan again.`;
}

/** What follows "Stripe reported" in the audit. */
export const FACT_WORDS: Words<typeof vocabulary.CHECKOUT_FACTS> = {
  session_complete: "the payment page as completed",
  no_payment_required: "nothing to pay",
  paid: "the payment",
  payment_failed: "that the payment failed",
  session_expired: "the payment page as ended",
  expired_by_actor: "the payment page as ended here",
  amount_mismatch: "another amount",
  currency_mismatch: "another currency",
  mode_mismatch: "another kind of payment",
  provider_refused: "that it makes no payment page",
};

export const DECISION_WORDS: Words<typeof vocabulary.DECISION_KINDS> = {
  accept_upsell_follow_up: "yes, talk to me about it",
  decline_upsell: "no, thank you",
  accept_downsell_follow_up: "yes, talk to me about it",
  decline_downsell: "no, thank you",
};

const LEDGER_WORDS: Words<typeof vocabulary.LEDGER_STATUSES> = {
  review_only: "kept for review",
  reversed: "reversed for good",
};

const REVIEW_WORDS: Words<typeof vocabulary.REVIEW_STATUSES> = {
  refund_window_open: "not reviewed yet",
  owner_reviewed: "reviewed by the owner",
  owner_hold: "held by the owner",
  owner_reversed: "taken back by the owner",
};

export const REVIEW_ACTION_WORDS: Words<typeof vocabulary.REVIEW_ACTION_KINDS> = {
  mark_reviewed: "Mark as reviewed",
  hold_for_review: "Hold for review",
  reverse_evidence: "Reverse for good",
};

/** The text for the two statuses of a ledger entry. */
export const ledgerWords = (
  ledger: (typeof vocabulary.LEDGER_STATUSES)[number],
  review: (typeof vocabulary.REVIEW_STATUSES)[number],
) => `${LEDGER_WORDS[ledger]}, ${REVIEW_WORDS[review]}`;

export const ENTITLEMENT_WORDS: Words<typeof vocabulary.ENTITLEMENT_STATUSES> = {
  active: "active",
  inactive: "ended",
};

export const GRANT_WORDS: Words<typeof vocabulary.GRANT_KINDS> = {
  sandbox_paid_webhook: "a test payment that the provider reported",
  sandbox_subscription_webhook: "a test subscription that the provider reported",
  live_paid_webhook: "a payment that the provider reported",
  live_subscription_webhook: "a subscription that the provider reported",
};

export const REVOCATION_WORDS: Words<typeof vocabulary.REVOCATION_STATUSES> = {
  revocation_intent_ready: "ready",
  revocation_intent_recorded: "noted",
  revocation_intent_withdrawn: "withdrawn",
};

export const REVOCATION_REASON_WORDS: Words<typeof vocabulary.REVOCATION_REASONS> = {
  manual_review: "a review by hand",
  refund_or_chargeback: "a refund or a chargeback",
  customer_request: "the customer asked for it",
  test_cleanup: "cleaning up after a test",
};

export const UPLOAD_WORDS: Words<typeof vocabulary.UPLOAD_STATUSES> = {
  upload_pending: "waiting for its file",
  stored_private: "stored privately",
  upload_abandoned: "given up",
};

const SUBSCRIPTION_WORDS: Words<typeof vocabulary.SUBSCRIPTION_STATUSES> = {
  incomplete: "not paid yet",
  incomplete_expired: "never paid",
  trialing: "on trial",
  active: "active",
  past_due: "a payment is late",
  canceled: "ended",
  unpaid: "unpaid",
  paused: "paused",
};

/** Words for statuses whose names other vocabularies have, too, by the kind of the subject's id. */
const WORDS_BY_ID_KIND: readonly (readonly [kind: string, words: Readonly<Record<string, string>>])[] = [
  ["approval", APPROVAL_WORDS],
  ["billing-subscription", SUBSCRIPTION_WORDS],
];
const OTHER_WORDS: Readonly<Record<string, string>> = {
  checkout_intent_attached: "attached to the order",
  ...ENTITLEMENT_WORDS,
  ...CHECKOUT_WORDS,
  ...DECISION_WORDS,
  ...REVIEW_WORDS,
  ...LEDGER_WORDS,
  ...REVOCATION_WORDS,
  ...UPLOAD_WORDS,
  ...PROOF_WORDS,
};

/** The text for `subject_status` of an audit event, a column that holds words of every vocabulary. */
export function subjectStatusWords(subjectId: string, word: string): string {
  const words = WORDS_BY_ID_KIND.find(([kind]) => isOfKind(subjectId, kind))?.[1] ?? OTHER_WORDS;
  return words[word] ?? word.replaceAll("_", " ");
}
