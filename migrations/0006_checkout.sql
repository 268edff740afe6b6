-- Checkouts, what Stripe told of them, and what hangs on them.

-- A checkout. Written by start_checkout and start_plan_checkout before Stripe is called, moved on by what Stripe tells.
CREATE TABLE checkout_intents (
  id TEXT NOT NULL,
  checkout_kind TEXT NOT NULL,
  status TEXT NOT NULL,
  product_id TEXT NOT NULL,
  price_id TEXT NOT NULL,
  amount_cents INTEGER NOT NULL,
  currency TEXT NOT NULL,
  stripe_mode TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  buyer_user_id TEXT,
  buyer_email TEXT,
  stripe_checkout_session_id TEXT,
  stripe_payment_intent_id TEXT,
  stripe_subscription_id TEXT,
  success_url TEXT NOT NULL,
  cancel_url TEXT NOT NULL,
  audit_correlation_id TEXT NOT NULL,
  agent_client_id TEXT,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  actor_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  offer_id TEXT,
  offer_stack_id TEXT,
  plan_slug TEXT,
  confirmation_required INTEGER DEFAULT 1 NOT NULL,
  confirmed_at INTEGER NOT NULL,
  frozen_request_json TEXT NOT NULL,
  frozen_api_version TEXT NOT NULL,
  attempt INTEGER DEFAULT 1 NOT NULL,
  redirect_url TEXT NOT NULL,
  stripe_checkout_url TEXT,
  blocked_reason TEXT,
  expires_at INTEGER NOT NULL,
  paid_at INTEGER,
  stripe_invoice_id TEXT,
  purchase_version INTEGER DEFAULT 0 NOT NULL,
  check_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  paid_cents INTEGER,
  session_searched_to INTEGER,
  session_tries_json TEXT DEFAULT '[]' NOT NULL,
  tax_behavior TEXT,
  tax_cents INTEGER,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (buyer_user_id) REFERENCES user(id),
  FOREIGN KEY (actor_id) REFERENCES user(id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES commerce_products(owner_user_id, id),
  FOREIGN KEY (owner_user_id, price_id) REFERENCES commerce_prices(owner_user_id, id),
  CONSTRAINT checkout_intents_checkout_kind CHECK (checkout_kind IN ('sandbox_checkout', 'self_serve_subscription', 'live_checkout')),
  CONSTRAINT checkout_intents_status_word CHECK (status IN ('created', 'open', 'completed', 'paid', 'failed', 'expired', 'canceled', 'blocked', 'refunded', 'disputed')),
  CONSTRAINT checkout_intents_stripe_mode CHECK (stripe_mode IN ('sandbox', 'live')),
  CONSTRAINT checkout_intents_blocked_reason CHECK (blocked_reason IN ('amount_mismatch', 'currency_mismatch', 'mode_mismatch', 'session_mispriced', 'session_unknown')),
  CONSTRAINT checkout_intents_offer_sandbox CHECK (checkout_kind <> 'sandbox_checkout' OR stripe_mode = 'sandbox'),
  CONSTRAINT checkout_intents_offer_live CHECK (checkout_kind <> 'live_checkout' OR stripe_mode = 'live'),
  CONSTRAINT checkout_intents_amount CHECK (amount_cents > 0),
  CONSTRAINT checkout_intents_confirmation_required CHECK (confirmation_required IN (0, 1)),
  CONSTRAINT checkout_intents_attempt CHECK (attempt >= 1),
  CONSTRAINT checkout_intents_tax_behavior CHECK (tax_behavior IN ('exclusive', 'inclusive'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX checkout_intents_key ON checkout_intents (owner_user_id, actor_id, idempotency_key);
CREATE UNIQUE INDEX checkout_intents_session ON checkout_intents (stripe_checkout_session_id);
CREATE UNIQUE INDEX checkout_intents_operation ON checkout_intents (owner_user_id, operation_id);
CREATE INDEX checkout_intents_actor ON checkout_intents (owner_user_id, actor_id, created_at, id);
-- Checkouts that may still be paid, and a person's payments by their time.
CREATE INDEX checkout_intents_payable ON checkout_intents (owner_user_id, actor_id, created_at) WHERE status IN ('created', 'open', 'completed', 'blocked');
CREATE INDEX checkout_intents_paid ON checkout_intents (owner_user_id, actor_id, paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX checkout_intents_created ON checkout_intents (owner_user_id, created_at, id);
CREATE INDEX checkout_intents_status ON checkout_intents (owner_user_id, status, created_at);
-- Most checkouts have no subscription or invoice: an index over what is there is smaller, and the planner takes it.
CREATE INDEX checkout_intents_payment ON checkout_intents (owner_user_id, stripe_payment_intent_id) WHERE stripe_payment_intent_id IS NOT NULL;
CREATE INDEX checkout_intents_subscription ON checkout_intents (owner_user_id, stripe_subscription_id) WHERE stripe_subscription_id IS NOT NULL;
CREATE INDEX checkout_intents_invoice ON checkout_intents (owner_user_id, stripe_invoice_id) WHERE stripe_invoice_id IS NOT NULL;
CREATE INDEX checkout_intents_plans ON checkout_intents (owner_user_id, buyer_user_id, created_at, id) WHERE plan_slug IS NOT NULL;
-- Checkouts that ended without a payment, and still have their request.
CREATE INDEX checkout_intents_ended ON checkout_intents (owner_user_id, created_at) WHERE status IN ('expired', 'canceled', 'failed') AND paid_at IS NULL AND check_at IS NULL AND frozen_request_json <> '{}';
-- Checkouts that wait to be asked about at Stripe, in their turn.
CREATE INDEX checkout_intents_check ON checkout_intents (owner_user_id, stripe_mode, status, check_at) WHERE check_at IS NOT NULL;

-- What a checkout sells, as priced when it was started. Written with its intent.
CREATE TABLE checkout_intent_lines (
  owner_user_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  role TEXT NOT NULL,
  offer_id TEXT,
  product_id TEXT NOT NULL,
  price_id TEXT NOT NULL,
  name TEXT NOT NULL,
  unit_amount_cents INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, checkout_intent_id, position),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  CONSTRAINT checkout_intent_lines_role CHECK (role IN ('primary', 'order_bump', 'setup')),
  CONSTRAINT checkout_intent_lines_amount CHECK (unit_amount_cents >= 0)
) STRICT, WITHOUT ROWID;

-- The redirect, return and cancel links of a checkout, by hash. Written with its intent.
CREATE TABLE checkout_links (
  token_sha256 TEXT PRIMARY KEY NOT NULL,
  owner_user_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  CONSTRAINT checkout_links_kind_word CHECK (kind IN ('redirect', 'return', 'cancel'))
) STRICT;
CREATE UNIQUE INDEX checkout_links_kind ON checkout_links (owner_user_id, checkout_intent_id, kind);

-- What Stripe has told of a checkout, each fact once. Written by the webhook and by looks at Stripe.
CREATE TABLE checkout_facts (
  owner_user_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  fact TEXT NOT NULL,
  stripe_event_id TEXT,
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, checkout_intent_id, fact),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  CONSTRAINT checkout_facts_fact CHECK (fact IN ('session_complete', 'no_payment_required', 'paid', 'payment_failed', 'session_expired', 'expired_by_actor', 'amount_mismatch', 'currency_mismatch', 'mode_mismatch', 'provider_refused'))
) STRICT, WITHOUT ROWID;

-- The state of a refund, charge or dispute of a payment, one row an object. Written by the webhook and by looks at Stripe.
CREATE TABLE payment_facts (
  owner_user_id TEXT NOT NULL,
  stripe_payment_intent_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  stripe_object_id TEXT NOT NULL,
  state TEXT NOT NULL,
  rank INTEGER NOT NULL,
  amount_cents INTEGER NOT NULL,
  stripe_event_id TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, stripe_payment_intent_id, kind, stripe_object_id),
  CONSTRAINT payment_facts_kind CHECK (kind IN ('refund', 'charge', 'dispute', 'invoice_payment')),
  CONSTRAINT payment_facts_amount CHECK (amount_cents >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_facts_object ON payment_facts (owner_user_id, kind, stripe_object_id);

-- A referral click attached to a checkout as evidence. Written with its intent.
CREATE TABLE checkout_referral_attributions (
  id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  referral_click_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  destination_route TEXT NOT NULL,
  attribution_status TEXT DEFAULT 'checkout_intent_attached' NOT NULL,
  checkout_product_id TEXT,
  checkout_price_id TEXT,
  audit_correlation_id TEXT NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  CONSTRAINT checkout_referral_attributions_status CHECK (attribution_status IN ('checkout_intent_attached'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX checkout_referral_attributions_intent ON checkout_referral_attributions (owner_user_id, checkout_intent_id);
CREATE INDEX checkout_referral_attributions_click ON checkout_referral_attributions (owner_user_id, referral_click_id);

-- Attributed checkouts counted by link. Kept by a trigger.
CREATE TABLE referral_attribution_totals (
  owner_user_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  destination_route TEXT NOT NULL,
  attribution_status TEXT NOT NULL,
  total_checkouts INTEGER NOT NULL,
  last_attached_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, referral_link_id, referral_code, partner_id, destination_route, attribution_status)
) STRICT, WITHOUT ROWID;

-- What a buyer answered to an upsell or downsell. Written by record_post_purchase_decision, never altered.
CREATE TABLE checkout_post_purchase_decisions (
  id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  offer_stack_id TEXT NOT NULL,
  presented_offer_id TEXT NOT NULL,
  decision_kind TEXT NOT NULL,
  checkout_status TEXT NOT NULL,
  checkout_updated_at INTEGER NOT NULL,
  actor_kind TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  idempotency_key TEXT,
  audit_correlation_id TEXT NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  CONSTRAINT checkout_post_purchase_decisions_kind CHECK (decision_kind IN ('accept_upsell_follow_up', 'decline_upsell', 'accept_downsell_follow_up', 'decline_downsell')),
  CONSTRAINT checkout_post_purchase_decisions_checkout_status CHECK (checkout_status IN ('created', 'open', 'completed', 'paid', 'failed', 'expired', 'canceled', 'blocked', 'refunded', 'disputed')),
  CONSTRAINT checkout_post_purchase_decisions_actor_kind CHECK (actor_kind IN ('oauth_client', 'owner_session', 'account_session', 'buyer_post_purchase_page', 'stripe_webhook', 'scheduled_run', 'operator_cli')),
  CONSTRAINT checkout_post_purchase_decisions_sealed CHECK (idempotency_key IS NULL AND metadata_json = '{}')
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX checkout_post_purchase_decisions_offer ON checkout_post_purchase_decisions (owner_user_id, checkout_intent_id, presented_offer_id);

-- Decisions counted by offer and kind. Kept by a trigger.
CREATE TABLE post_purchase_decision_totals (
  owner_user_id TEXT NOT NULL,
  offer_stack_id TEXT NOT NULL,
  presented_offer_id TEXT NOT NULL,
  decision_kind TEXT NOT NULL,
  total_decisions INTEGER NOT NULL,
  last_created_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, offer_stack_id, presented_offer_id, decision_kind)
) STRICT, WITHOUT ROWID;
