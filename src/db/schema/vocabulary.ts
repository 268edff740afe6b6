/**
 * The closed sets of values, each declared once: CHECKs, zod enums and the published document come from here.
 * A comment gives the meaning where the word does not.
 */
export const STRIPE_MODES = ["sandbox", "live"] as const;
export type StripeMode = (typeof STRIPE_MODES)[number];

/**
 * What a business can use beside its profile and prices. `access`: a purchase gives access to something. `upsells`: offers
 * after payment. What is not used is not there: no tool, page, scope or section of the document.
 */
export const BUSINESS_PARTS = ["offers", "plans", "access", "files", "upsells", "affiliates"] as const;
export type BusinessPart = (typeof BUSINESS_PARTS)[number];

export const PRODUCT_STATUSES = ["draft", "sandbox", "sandbox_live", "live"] as const;
export const PRODUCT_KINDS = [
  "digital_offer",
  "digital_download",
  "membership_subscription",
  "implementation_service",
  "course",
  "membership",
  "coaching_service",
  "event_webinar",
  "bundle",
] as const;
export const PRODUCT_FULFILLMENT_KINDS = ["manual", "membership"] as const;
export const BILLING_INTERVALS = ["one_time", "month", "year"] as const;
/** `stripe`: Stripe Tax calculates the tax of every sale. */
export const BUSINESS_TAXES = ["none", "stripe"] as const;
/** Tax is added to the price, or is included in it. Stripe's words. */
export const TAX_BEHAVIORS = ["exclusive", "inclusive"] as const;
export type TaxBehavior = (typeof TAX_BEHAVIORS)[number];

export const CHECKOUT_KINDS = ["sandbox_checkout", "self_serve_subscription", "live_checkout"] as const;
/** `created`: written, Stripe has not answered. `open`: payable. `completed`: session complete, money not (yet) in. */
export const CHECKOUT_STATUSES = [
  "created",
  "open",
  "completed",
  "paid",
  "failed",
  "expired",
  "canceled",
  "blocked",
  "refunded",
  "disputed",
] as const;
export const LINE_ROLES = ["primary", "order_bump", "setup"] as const;
export const LINK_KINDS = ["redirect", "return", "cancel"] as const;

/** The facts that are known about a checkout. Its status is a fold over their set, so their order cannot matter. */
export const CHECKOUT_FACTS = [
  "session_complete",
  "no_payment_required",
  "paid",
  "payment_failed",
  "session_expired",
  "expired_by_actor",
  "amount_mismatch",
  "currency_mismatch",
  "mode_mismatch",
  "provider_refused",
] as const;

/** Objects of Stripe's that can take money back from a payment; `invoice_payment` says which payment paid an invoice. */
export const PAYMENT_FACT_KINDS = ["refund", "charge", "dispute", "invoice_payment"] as const;
/** What the trace of an unknown payment found. `given_up`: Stripe did not tell for a month. */
export const TRACE_OUTCOMES = ["found", "not_ours", "given_up"] as const;
export type TraceOutcome = (typeof TRACE_OUTCOMES)[number];
/** What a product's access does when money goes back. */
export const ACCESS_EFFECTS = ["keep", "deactivate"] as const;

export const ATTRIBUTION_STATUSES = ["checkout_intent_attached"] as const;
export const PARTNER_STATUSES = ["approved", "review"] as const;
export const REFERRAL_LINK_STATUSES = ["draft", "review", "active", "disabled"] as const;
export const PROGRAM_STATUSES = ["draft", "live"] as const;
export const ATTRIBUTION_RULE_KINDS = ["first_click", "manual_review"] as const;
export const COMMISSION_RULE_KINDS = ["price_rate", "refund_holdback"] as const;

export const LEDGER_STATUSES = ["review_only", "reversed"] as const;
export const REVIEW_STATUSES = ["refund_window_open", "owner_reviewed", "owner_hold", "owner_reversed"] as const;
/** The set has one value: no ledger entry can become payable. */
export const PAYOUT_STATUSES = ["not_payable"] as const;
export const REVIEW_ACTION_KINDS = ["mark_reviewed", "hold_for_review", "reverse_evidence"] as const;

export const DECISION_KINDS = [
  "accept_upsell_follow_up",
  "decline_upsell",
  "accept_downsell_follow_up",
  "decline_downsell",
] as const;
export const OFFER_ROLES = ["primary", "order_bump", "upsell", "downsell"] as const;

export const ENTITLEMENT_STATUSES = ["active", "inactive"] as const;
export const GRANT_KINDS = [
  "sandbox_paid_webhook",
  "sandbox_subscription_webhook",
  "live_paid_webhook",
  "live_subscription_webhook",
] as const;
/** `done`: a person has done it; set and taken back by the owner's click alone. */
export const TASK_STATUSES = ["queued", "active", "paused", "done"] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];
/** Whether the owner has talked to a buyer who said yes to a later offer. */
export const FOLLOW_UP_STATUSES = ["open", "done"] as const;
export type FollowUpStatus = (typeof FOLLOW_UP_STATUSES)[number];
/** Mails to the buyer of an order. `order_link`: the payer asked for the way to their order. */
export const BUYER_MAIL_KINDS = [
  "order_confirmed",
  "payment_failed",
  "delivery_ready",
  "answer_received",
  "order_link",
] as const;
export type BuyerMailKind = (typeof BUYER_MAIL_KINDS)[number];
/** What the owner is told of; many that wait are told in one mail. */
export const OWNER_MAIL_KINDS = [
  "approval_waits",
  "checkout_blocked",
  "money_without_service",
  "dispute_opened",
  "webhooks_stopped",
  "answer_came",
] as const;
export type OwnerMailKind = (typeof OWNER_MAIL_KINDS)[number];
export const MAIL_KINDS = [...BUYER_MAIL_KINDS, ...OWNER_MAIL_KINDS] as const;
export type MailKind = (typeof MAIL_KINDS)[number];
/** `dropped`: its reason is gone, its person is erased, or it could not be sent for days. */
export const MAIL_STATUSES = ["queued", "sent", "dropped"] as const;
export const TASK_KINDS = ["bundle", "digital_download", "membership"] as const;
export const ACCESS_CATALOG_KINDS = [
  "digital_download",
  "course",
  "membership",
  "coaching_service",
  "event_webinar",
  "bundle",
] as const;
export const ASSET_KINDS = ["file", "lesson", "member_area", "booking", "event"] as const;
export const UPLOAD_STATUSES = ["upload_pending", "stored_private", "upload_abandoned"] as const;
export const REVOCATION_STATUSES = [
  "revocation_intent_ready",
  "revocation_intent_recorded",
  "revocation_intent_withdrawn",
] as const;
export const REVOCATION_KINDS = ["owner_confirmed_dry_run"] as const;
export const REVOCATION_REASONS = [
  "manual_review",
  "refund_or_chargeback",
  "customer_request",
  "test_cleanup",
] as const;
/** Facts of sealed rows that can be erased: the reason of a review, and that of a removal intent. */
export const NOTE_KINDS = ["review_reason", "revocation_reason"] as const;
export const PROTECTED_CONTENT_STATUSES = ["protected_content_ready"] as const;
export const PROTECTED_CONTENT_KINDS = ["course_module", "member_area"] as const;

export const SUBSCRIPTION_STATUSES = [
  "incomplete",
  "incomplete_expired",
  "trialing",
  "active",
  "past_due",
  "canceled",
  "unpaid",
  "paused",
] as const;
export const PLAN_STATUSES = ["self_serve", "contact"] as const;
export const PLAN_INTERVALS = ["month", "contact", "year"] as const;
export const PLAN_ENTITLEMENT_STATUSES = ["active", "inactive"] as const;
export const PLAN_ENTITLEMENT_SOURCES = ["stripe_checkout_session"] as const;

/** `blocked`: verified but ambiguous or not ours to act on, kept for a person. `failed`: will be tried again. */
export const WEBHOOK_STATUSES = ["received", "processed", "ignored", "blocked", "failed"] as const;
/** Why a checkout is `blocked`: its session differs from what was confirmed, or Stripe has not told whether it exists. */
export const BLOCKED_REASONS = [
  "amount_mismatch",
  "currency_mismatch",
  "mode_mismatch",
  "session_mispriced",
  "session_unknown",
] as const;
export type BlockedReason = (typeof BLOCKED_REASONS)[number];
/** Why an event is `blocked` and changed nothing. One that blocked its checkout has the checkout's reason instead. */
export const EVENT_REFUSALS = [
  "malformed_object",
  "other_endpoint_mode",
  "two_checkouts_named",
  "checkout_not_found",
  "plan_and_single_payment",
  "other_session",
  "other_payment",
  "other_subscription",
  "other_invoice",
  "subscription_of_other_checkout",
  "other_mode",
  "other_price",
  "session_not_ours",
  "gone_at_stripe",
] as const;
export type EventRefusal = (typeof EVENT_REFUSALS)[number];
/** How an event first came here: delivered by Stripe, or found in its event list by the scheduled run. */
export const EVENT_SOURCES = ["webhook", "event_list"] as const;

/** The Stripe events that change something here; every other type is recorded as `ignored`. */
export const HANDLED_EVENT_TYPES = [
  "checkout.session.completed",
  "checkout.session.async_payment_succeeded",
  "checkout.session.async_payment_failed",
  "checkout.session.expired",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.resumed",
  "invoice.paid",
  "invoice.payment_failed",
  "invoice.payment_action_required",
  "invoice_payment.paid",
  "charge.refunded",
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
] as const;

/** The calls that this server makes to Stripe, as Stripe's library names them, in snake case. A test compares the two. */
export const STRIPE_CALLS = [
  "checkout.sessions.create",
  "checkout.sessions.expire",
  "checkout.sessions.retrieve",
  "checkout.sessions.list",
  "subscriptions.retrieve",
  "invoices.retrieve",
  "invoices.list",
  "invoices.list_line_items",
  "invoice_payments.retrieve",
  "invoice_payments.list",
  "payment_intents.retrieve",
  "charges.retrieve",
  "refunds.retrieve",
  "refunds.list",
  "disputes.retrieve",
  "disputes.list",
  "events.list",
  "events.retrieve",
  "prices.retrieve",
  "billing_portal.sessions.create",
  "other",
] as const;
export type StripeCall = (typeof STRIPE_CALLS)[number];

export const OPERATION_STATUSES = ["pending", "awaiting_approval", "succeeded", "failed", "outcome_unknown"] as const;
/** How the confirmation came, weakest first. */
export const PROOFS = ["argument", "elicited", "approval_page", "passkey"] as const;
export type Proof = (typeof PROOFS)[number];
/**
 * How grave a write is. `records`: it adds a note or a link, and the person still decides elsewhere. `ends`: something that
 * was open is closed. `final`: it can't be taken back.
 */
export const RISKS = ["records", "ends", "final"] as const;
export type Risk = (typeof RISKS)[number];
/** Every status but `pending` is final. `expired`: noted by the scheduled run; until then the time itself tells. */
export const APPROVAL_STATUSES = ["pending", "approved", "declined", "withdrawn", "expired"] as const;
/** Why an approval was withdrawn: a complete or newer call took its place, its subject changed, its client was revoked. */
export const WITHDRAWAL_REASONS = ["replaced", "subject_changed", "client_revoked"] as const;
/**
 * Who acted, as proven: by an OAuth token, a signed-in session, a buyer's return link, Stripe's signature, or (`operator_cli`)
 * by the right to write to the database.
 */
export const ACTOR_KINDS = [
  "oauth_client",
  "owner_session",
  "account_session",
  "buyer_post_purchase_page",
  "stripe_webhook",
  "scheduled_run",
  "operator_cli",
] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];
/** Who can make an account: every visitor, or people whom the owner invited. */
export const SIGN_UP_POLICIES = ["open", "by_invitation"] as const;

export const AUDIT_EVENT_KINDS = [
  "checkout_intent_created",
  "checkout_referral_attribution_attached",
  "checkout_session_created",
  "checkout_session_not_created",
  "checkout_session_outcome_unknown",
  "checkout_session_expired_by_actor",
  "billing_checkout_session_created",
  "checkout_session_verified",
  "operation_settled_by_schedule",
  "stripe_event_replayed",
  "stripe_event_contradicted",
  ...HANDLED_EVENT_TYPES,
  "product_entitlement_granted",
  "product_entitlement_status_changed",
  "publisher_plan_entitlement_changed",
  "affiliate_commission_ledger_review_only_created",
  "affiliate_commission_ledger_owner_review_action",
  "post_purchase_non_billing_decision_recorded",
  "product_revocation_intent_recorded",
  "product_revocation_intent_withdrawn",
  "product_asset_upload_started",
  "product_asset_upload_stored",
  "product_asset_upload_abandoned",
  "approval_asked",
  "approval_declined",
  "approval_withdrawn",
  "minimum_proof_changed",
  "client_grant_revoked",
  "owner_account_set_up",
  "password_changed",
  "second_factor_enabled",
  "second_factor_removed",
  "sign_up_policy_changed",
  "person_invited",
  "provider_refused",
  "catalog_applied",
  "fulfillment_task_done",
  "fulfillment_task_reopened",
  "answer_followed_up",
  "answer_reopened",
  "product_file_downloaded",
  "order_link_mailed",
  "person_erased",
  "owner_mail_switched",
  "passkey_added",
  "passkey_removed",
  "passkey_counter_refused",
  "grant_limits_changed",
  "decline_forgotten",
  "approval_wait_changed",
  "approval_mail_switched",
] as const;
