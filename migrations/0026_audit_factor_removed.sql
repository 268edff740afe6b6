-- The audit gets a word for a second factor that was turned off. A CHECK cannot be changed in place; the triggers follow.
-- What happened, in the commit in which it happened. Appended by every state change, never altered.
CREATE TABLE payment_audit_events_next (
  sequence INTEGER PRIMARY KEY NOT NULL,
  id TEXT NOT NULL,
  checkout_intent_id TEXT,
  event_kind TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  summary TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  stripe_event_id TEXT,
  actor_id TEXT,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  operation_id TEXT,
  audit_correlation_id TEXT NOT NULL,
  client_id TEXT,
  proof TEXT,
  subject_id TEXT NOT NULL,
  subject_status TEXT,
  CONSTRAINT payment_audit_events_kind CHECK (event_kind IN ('checkout_intent_created', 'checkout_referral_attribution_attached', 'checkout_session_created', 'checkout_session_not_created', 'checkout_session_outcome_unknown', 'checkout_session_expired_by_actor', 'billing_checkout_session_created', 'checkout_session_verified', 'operation_settled_by_schedule', 'stripe_event_replayed', 'checkout.session.completed', 'checkout.session.async_payment_succeeded', 'checkout.session.async_payment_failed', 'checkout.session.expired', 'customer.subscription.created', 'customer.subscription.updated', 'customer.subscription.deleted', 'customer.subscription.paused', 'customer.subscription.resumed', 'invoice.paid', 'invoice.payment_failed', 'invoice.payment_action_required', 'invoice_payment.paid', 'charge.refunded', 'refund.created', 'refund.updated', 'refund.failed', 'charge.dispute.created', 'charge.dispute.updated', 'charge.dispute.closed', 'product_entitlement_granted', 'product_entitlement_status_changed', 'publisher_plan_entitlement_changed', 'affiliate_commission_ledger_review_only_created', 'affiliate_commission_ledger_owner_review_action', 'post_purchase_non_billing_decision_recorded', 'product_revocation_intent_recorded', 'product_revocation_intent_withdrawn', 'product_asset_upload_started', 'product_asset_upload_stored', 'product_asset_upload_abandoned', 'approval_asked', 'approval_declined', 'approval_withdrawn', 'minimum_proof_changed', 'client_grant_revoked', 'owner_account_set_up', 'password_changed', 'second_factor_enabled', 'second_factor_removed', 'sign_up_policy_changed', 'person_invited')),
  CONSTRAINT payment_audit_events_actor_kind CHECK (actor_kind IN ('oauth_client', 'owner_session', 'account_session', 'buyer_post_purchase_page', 'stripe_webhook', 'scheduled_run')),
  CONSTRAINT payment_audit_events_proof CHECK (proof IN ('argument', 'elicited', 'approval_page'))
) STRICT;
INSERT INTO payment_audit_events_next (sequence, id, checkout_intent_id, event_kind, actor_kind, summary, created_at, stripe_event_id, actor_id, metadata_json, owner_user_id, operation_id, audit_correlation_id, client_id, proof, subject_id, subject_status) SELECT sequence, id, checkout_intent_id, event_kind, actor_kind, summary, created_at, stripe_event_id, actor_id, metadata_json, owner_user_id, operation_id, audit_correlation_id, client_id, proof, subject_id, subject_status FROM payment_audit_events ORDER BY sequence;
DROP TABLE payment_audit_events;
ALTER TABLE payment_audit_events_next RENAME TO payment_audit_events;
CREATE UNIQUE INDEX payment_audit_events_id ON payment_audit_events (owner_user_id, id);
CREATE INDEX payment_audit_events_intent ON payment_audit_events (owner_user_id, checkout_intent_id, created_at);
CREATE INDEX payment_audit_events_operation ON payment_audit_events (owner_user_id, operation_id, created_at);
