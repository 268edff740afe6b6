-- Every table of the product. STRICT, so that a value of the wrong type is refused. Keys lead with the owner
-- of the business, so that a business can be moved whole. Times are epoch milliseconds, money is minor units.

-- A person who can sign in. Written by sign-up and by the seeds (the owner).
CREATE TABLE user (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  email_verified INTEGER DEFAULT false NOT NULL,
  image TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX user_email_unique ON user (email);

-- A signed-in browser. Written by sign-in, deleted by sign-out.
CREATE TABLE session (
  id TEXT PRIMARY KEY NOT NULL,
  expires_at INTEGER NOT NULL,
  token TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  ip_address TEXT,
  user_agent TEXT,
  user_id TEXT NOT NULL,
  FOREIGN KEY (user_id) REFERENCES user(id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX session_token_unique ON session (token);
CREATE INDEX session_user ON session (user_id);

-- A way a person proves who they are (a password hash). Written by sign-up.
CREATE TABLE account (
  id TEXT PRIMARY KEY NOT NULL,
  account_id TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  access_token TEXT,
  refresh_token TEXT,
  id_token TEXT,
  access_token_expires_at INTEGER,
  refresh_token_expires_at INTEGER,
  scope TEXT,
  password TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  FOREIGN KEY (user_id) REFERENCES user(id) ON DELETE CASCADE
) STRICT;
CREATE INDEX account_user ON account (user_id);

-- A short-lived token that was mailed or shown once. Written by the sign-in library.
CREATE TABLE verification (
  id TEXT PRIMARY KEY NOT NULL,
  identifier TEXT NOT NULL,
  value TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX verification_identifier ON verification (identifier);

-- What a person let a client do, one row a consent. Written by the consent page and by revocation.
CREATE TABLE oauth_grants (
  id TEXT PRIMARY KEY NOT NULL,
  user_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  client_name TEXT NOT NULL,
  resource TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER,
  FOREIGN KEY (user_id) REFERENCES user(id) ON DELETE CASCADE
) STRICT;
CREATE INDEX oauth_grants_user ON oauth_grants (user_id, created_at);
CREATE INDEX oauth_grants_live ON oauth_grants (created_at, id) WHERE revoked_at IS NULL;

-- Attempts counted in a window, for sign-in and registration. Written by those two doors.
CREATE TABLE rate_limits (
  key TEXT PRIMARY KEY NOT NULL,
  window_started_at INTEGER NOT NULL,
  count INTEGER NOT NULL
) STRICT;

-- Who can make an account. Written by the owner's console.
CREATE TABLE sign_up_settings (
  owner_user_id TEXT PRIMARY KEY NOT NULL,
  policy TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  FOREIGN KEY (owner_user_id) REFERENCES user(id),
  CONSTRAINT sign_up_settings_policy CHECK (policy IN ('open', 'by_invitation'))
) STRICT;

-- The secret that a person's app makes codes from. Written by the person's account page, and by sign-in.
CREATE TABLE second_factors (
  user_id TEXT PRIMARY KEY NOT NULL,
  secret_sealed TEXT NOT NULL,
  confirmed_at INTEGER,
  last_step INTEGER DEFAULT 0 NOT NULL,
  failures INTEGER DEFAULT 0 NOT NULL,
  locked_until INTEGER,
  created_at INTEGER NOT NULL,
  FOREIGN KEY (user_id) REFERENCES user(id) ON DELETE CASCADE,
  CONSTRAINT second_factors_failures CHECK (failures >= 0)
) STRICT;

-- Codes for a lost app, hashed. Written by the person's account page, deleted by their use.
CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL,
  code_sha256 TEXT NOT NULL,
  PRIMARY KEY (user_id, code_sha256),
  FOREIGN KEY (user_id) REFERENCES user(id) ON DELETE CASCADE
) STRICT;

-- The business that this server sells for, named by its owner. Written by the seeds.
CREATE TABLE businesses (
  owner_user_id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  support_email TEXT NOT NULL,
  contact_path TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  FOREIGN KEY (owner_user_id) REFERENCES user(id)
) STRICT;

-- Sentences and plain facts of the published documents, a row a section. Written by the seeds.
CREATE TABLE published_prose (
  owner_user_id TEXT NOT NULL,
  section TEXT NOT NULL,
  value_json TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, section)
) STRICT, WITHOUT ROWID;

-- Something the business sells. Written by the seeds.
CREATE TABLE commerce_products (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT DEFAULT 'draft' NOT NULL,
  description TEXT DEFAULT '' NOT NULL,
  fulfillment_kind TEXT DEFAULT 'manual' NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id) REFERENCES user(id),
  CONSTRAINT commerce_products_kind CHECK (kind IN ('digital_offer', 'digital_download', 'membership_subscription', 'implementation_service', 'course', 'membership', 'coaching_service', 'event_webinar', 'bundle')),
  CONSTRAINT commerce_products_status CHECK (status IN ('draft', 'sandbox', 'sandbox_live', 'live')),
  CONSTRAINT commerce_products_fulfillment_kind CHECK (fulfillment_kind IN ('manual', 'membership'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX commerce_products_slug ON commerce_products (owner_user_id, slug);

-- What a product costs, in minor units of its currency. Written by the seeds.
CREATE TABLE commerce_prices (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  nickname TEXT NOT NULL,
  currency TEXT NOT NULL,
  unit_amount_cents INTEGER NOT NULL,
  billing_interval TEXT DEFAULT 'one_time' NOT NULL,
  active INTEGER DEFAULT 0 NOT NULL,
  stripe_price_id TEXT,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  confirmation_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES commerce_products(owner_user_id, id),
  CONSTRAINT commerce_prices_amount CHECK (unit_amount_cents >= 0),
  CONSTRAINT commerce_prices_currency CHECK (currency GLOB '[a-z][a-z][a-z]'),
  CONSTRAINT commerce_prices_billing_interval CHECK (billing_interval IN ('one_time', 'month')),
  CONSTRAINT commerce_prices_active CHECK (active IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX commerce_prices_stripe_price ON commerce_prices (stripe_price_id);
CREATE INDEX commerce_prices_product ON commerce_prices (owner_user_id, product_id, active);

-- A funnel and its window for answers after payment. Written by the seeds.
CREATE TABLE offer_stacks (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  slug TEXT NOT NULL,
  status TEXT NOT NULL,
  revision TEXT NOT NULL,
  funnel_id TEXT NOT NULL,
  funnel_route TEXT NOT NULL,
  decision_window_minutes INTEGER,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT offer_stacks_window CHECK (decision_window_minutes > 0)
) STRICT, WITHOUT ROWID;

-- One offer of a stack: primary, order bump, upsell or downsell. Sandbox only. Written by the seeds.
CREATE TABLE stack_offers (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  offer_stack_id TEXT NOT NULL,
  public_offer_id TEXT NOT NULL,
  role TEXT NOT NULL,
  position INTEGER NOT NULL,
  product_id TEXT NOT NULL,
  price_id TEXT NOT NULL,
  name TEXT NOT NULL,
  summary TEXT DEFAULT '' NOT NULL,
  status TEXT NOT NULL,
  stripe_mode TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, offer_stack_id) REFERENCES offer_stacks(owner_user_id, id),
  FOREIGN KEY (owner_user_id, price_id) REFERENCES commerce_prices(owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES commerce_products(owner_user_id, id),
  CONSTRAINT stack_offers_role CHECK (role IN ('primary', 'order_bump', 'upsell', 'downsell')),
  CONSTRAINT stack_offers_sandbox_only CHECK (stripe_mode = 'sandbox')
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX stack_offers_public_id ON stack_offers (owner_user_id, public_offer_id);
CREATE UNIQUE INDEX stack_offers_position ON stack_offers (owner_user_id, offer_stack_id, position);

-- A subscription plan. A contact plan has no price. Written by the seeds.
CREATE TABLE plans (
  slug TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  billing_interval TEXT NOT NULL,
  product_id TEXT,
  price_id TEXT,
  setup_price_id TEXT,
  label TEXT NOT NULL,
  headline TEXT NOT NULL,
  cta TEXT NOT NULL,
  description TEXT NOT NULL,
  best_for TEXT NOT NULL,
  included_json TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, slug),
  FOREIGN KEY (owner_user_id, price_id) REFERENCES commerce_prices(owner_user_id, id),
  FOREIGN KEY (owner_user_id, setup_price_id) REFERENCES commerce_prices(owner_user_id, id),
  CONSTRAINT plans_status CHECK (status IN ('self_serve', 'contact')),
  CONSTRAINT plans_billing_interval CHECK (billing_interval IN ('month', 'contact')),
  CONSTRAINT plans_priced_unless_contact CHECK ((status = 'contact') = (price_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX plans_position ON plans (owner_user_id, position);

-- What access can be granted to, apart from what is sold. Written by the seeds.
CREATE TABLE access_products (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  catalog_id TEXT NOT NULL,
  revision TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT access_products_kind CHECK (kind IN ('digital_download', 'course', 'membership', 'coaching_service', 'event_webinar', 'bundle'))
) STRICT, WITHOUT ROWID;

-- A rule that guards access. Written by the seeds.
CREATE TABLE access_rules (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id)
) STRICT, WITHOUT ROWID;

-- What a grant of an access product looks like. Written by the seeds.
CREATE TABLE entitlement_templates (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES access_products(owner_user_id, id)
) STRICT, WITHOUT ROWID;

-- Which rules guard which template. Written by the seeds.
CREATE TABLE template_access_rules (
  owner_user_id TEXT NOT NULL,
  entitlement_template_id TEXT NOT NULL,
  access_rule_id TEXT NOT NULL,
  PRIMARY KEY (owner_user_id, entitlement_template_id, access_rule_id),
  FOREIGN KEY (owner_user_id, entitlement_template_id) REFERENCES entitlement_templates(owner_user_id, id),
  FOREIGN KEY (owner_user_id, access_rule_id) REFERENCES access_rules(owner_user_id, id)
) STRICT, WITHOUT ROWID;

-- An asset as a product holds it. Written by the seeds.
CREATE TABLE catalog_assets (
  owner_user_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  asset_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, product_id, asset_id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES access_products(owner_user_id, id),
  CONSTRAINT catalog_assets_kind CHECK (kind IN ('file', 'lesson', 'member_area', 'booking', 'event'))
) STRICT, WITHOUT ROWID;

-- What access does when money goes back. Written by the seeds; safe defaults where there is no row.
CREATE TABLE access_policies (
  owner_user_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  on_refund_in_full TEXT DEFAULT 'deactivate' NOT NULL,
  on_dispute_open TEXT DEFAULT 'keep' NOT NULL,
  on_dispute_lost TEXT DEFAULT 'deactivate' NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, product_id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES access_products(owner_user_id, id),
  CONSTRAINT access_policies_on_refund CHECK (on_refund_in_full IN ('keep', 'deactivate')),
  CONSTRAINT access_policies_on_dispute_open CHECK (on_dispute_open IN ('keep', 'deactivate')),
  CONSTRAINT access_policies_on_dispute_lost CHECK (on_dispute_lost IN ('keep', 'deactivate'))
) STRICT, WITHOUT ROWID;

-- What a paid price gives access to. Written by the seeds.
CREATE TABLE grant_maps (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  price_id TEXT NOT NULL,
  source_commerce_product_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  entitlement_template_id TEXT NOT NULL,
  access_rule_id TEXT NOT NULL,
  task_kind TEXT NOT NULL,
  task_summary TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, price_id) REFERENCES commerce_prices(owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES access_products(owner_user_id, id),
  FOREIGN KEY (owner_user_id, entitlement_template_id) REFERENCES entitlement_templates(owner_user_id, id),
  FOREIGN KEY (owner_user_id, access_rule_id) REFERENCES access_rules(owner_user_id, id),
  CONSTRAINT grant_maps_task_kind CHECK (task_kind IN ('bundle', 'digital_download', 'membership'))
) STRICT, WITHOUT ROWID;
CREATE INDEX grant_maps_price ON grant_maps (owner_user_id, price_id);

-- A program that partners take part in. Written by the seeds.
CREATE TABLE affiliate_programs (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  slug TEXT NOT NULL,
  status TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT affiliate_programs_status CHECK (status IN ('draft', 'live'))
) STRICT, WITHOUT ROWID;

-- A partner and whether they are approved. Written by the seeds.
CREATE TABLE affiliate_partners (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  program_id TEXT NOT NULL,
  status TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, program_id) REFERENCES affiliate_programs(owner_user_id, id),
  CONSTRAINT affiliate_partners_status CHECK (status IN ('approved', 'review'))
) STRICT, WITHOUT ROWID;

-- For how many days a click counts. Written by the seeds.
CREATE TABLE attribution_rules (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  program_id TEXT NOT NULL,
  rule_kind TEXT NOT NULL,
  window_days INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, program_id) REFERENCES affiliate_programs(owner_user_id, id),
  CONSTRAINT attribution_rules_kind CHECK (rule_kind IN ('first_click', 'manual_review')),
  CONSTRAINT attribution_rules_window CHECK (window_days >= 0)
) STRICT, WITHOUT ROWID;

-- A partner link, its code and where it leads. Written by the seeds.
CREATE TABLE referral_links (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  code TEXT NOT NULL,
  status TEXT NOT NULL,
  destination_route TEXT NOT NULL,
  attribution_rule_id TEXT NOT NULL,
  offer_ids_json TEXT NOT NULL,
  utm_source TEXT NOT NULL,
  sandbox_attribution INTEGER DEFAULT 0 NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, partner_id) REFERENCES affiliate_partners(owner_user_id, id),
  FOREIGN KEY (owner_user_id, attribution_rule_id) REFERENCES attribution_rules(owner_user_id, id),
  CONSTRAINT referral_links_status CHECK (status IN ('draft', 'review', 'active', 'disabled')),
  CONSTRAINT referral_links_sandbox_attribution CHECK (sandbox_attribution IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX referral_links_code ON referral_links (owner_user_id, code);

-- What a paid line is worth to a partner, in basis points of a price. Written by the seeds.
CREATE TABLE commission_rules (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  program_id TEXT NOT NULL,
  rule_kind TEXT NOT NULL,
  price_id TEXT,
  rate_bps INTEGER NOT NULL,
  hold_days INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, program_id) REFERENCES affiliate_programs(owner_user_id, id),
  FOREIGN KEY (owner_user_id, price_id) REFERENCES commerce_prices(owner_user_id, id),
  CONSTRAINT commission_rules_kind CHECK (rule_kind IN ('price_rate', 'refund_holdback')),
  CONSTRAINT commission_rules_rate CHECK (rate_bps BETWEEN 0 AND 10000),
  CONSTRAINT commission_rules_hold CHECK (hold_days >= 0)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX commission_rules_price ON commission_rules (owner_user_id, price_id);

-- A visit through a referral link, the visitor as keyed hashes only. Written by POST /api/affiliates/clicks.
CREATE TABLE affiliate_referral_clicks (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  destination_route TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  utm_source TEXT,
  visitor_key_hash TEXT,
  ip_hash TEXT,
  user_agent_hash TEXT,
  referrer_hash TEXT,
  request_hash TEXT NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  clicked_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, referral_link_id) REFERENCES referral_links(owner_user_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX affiliate_referral_clicks_key ON affiliate_referral_clicks (owner_user_id, idempotency_key);

-- Clicks counted by link. Kept by a trigger.
CREATE TABLE referral_click_totals (
  owner_user_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  destination_route TEXT NOT NULL,
  total_clicks INTEGER NOT NULL,
  last_click_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, referral_link_id, referral_code, partner_id, destination_route)
) STRICT, WITHOUT ROWID;

-- One confirmed write under one idempotency key: claim, lock and stored answer. Written by the kernel alone.
CREATE TABLE operations (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  client_id TEXT,
  client_declared TEXT,
  idempotency_key TEXT NOT NULL,
  write_name TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status TEXT NOT NULL,
  proof TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  subject_updated_at INTEGER NOT NULL,
  confirmation_text TEXT NOT NULL,
  audit_correlation_id TEXT NOT NULL,
  answer_sealed TEXT,
  arguments_sealed TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT operations_status_word CHECK (status IN ('pending', 'awaiting_approval', 'succeeded', 'failed', 'outcome_unknown')),
  CONSTRAINT operations_actor_kind CHECK (actor_kind IN ('oauth_client', 'owner_session', 'account_session', 'buyer_post_purchase_page', 'stripe_webhook', 'scheduled_run')),
  CONSTRAINT operations_proof CHECK (proof IN ('argument', 'elicited', 'approval_page')),
  CONSTRAINT operations_key_length CHECK (length(idempotency_key) BETWEEN 1 AND 255),
  CONSTRAINT operations_answered CHECK ((status IN ('succeeded', 'failed')) = (answer_sealed IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX operations_key ON operations (owner_user_id, actor_id, idempotency_key);
CREATE INDEX operations_actor ON operations (owner_user_id, actor_id, created_at, id);
CREATE INDEX operations_created ON operations (owner_user_id, created_at, id);
CREATE INDEX operations_status ON operations (owner_user_id, status, created_at);

-- A write that waits for its person. Written by the kernel, decided on our own page or in the client.
CREATE TABLE approvals (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  client_id TEXT,
  client_declared TEXT,
  grant_id TEXT,
  idempotency_key TEXT NOT NULL,
  write_name TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  binding_sha256 TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  subject_updated_at INTEGER NOT NULL,
  arguments_sealed TEXT NOT NULL,
  status TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  decided_at INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT approvals_status CHECK (status IN ('pending', 'approved', 'declined', 'withdrawn'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX approvals_pending_key ON approvals (owner_user_id, actor_id, idempotency_key) WHERE status = 'pending';
CREATE INDEX approvals_key ON approvals (owner_user_id, actor_id, idempotency_key, created_at);
CREATE INDEX approvals_pending ON approvals (owner_user_id, actor_id, expires_at) WHERE status = 'pending';
CREATE UNIQUE INDEX approvals_operation ON approvals (owner_user_id, operation_id);

-- The least proof that the owner asks of a write. Written by the owner on a page, never by a tool.
CREATE TABLE minimum_proofs (
  owner_user_id TEXT NOT NULL,
  write_name TEXT NOT NULL,
  minimum_proof TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, write_name),
  CONSTRAINT minimum_proofs_proof CHECK (minimum_proof IN ('argument', 'elicited', 'approval_page'))
) STRICT, WITHOUT ROWID;

-- What happened, in the commit in which it happened. Appended by every state change, never altered.
CREATE TABLE payment_audit_events (
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
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT payment_audit_events_kind CHECK (event_kind IN ('checkout_intent_created', 'checkout_referral_attribution_attached', 'checkout_session_created', 'checkout_session_not_created', 'checkout_session_outcome_unknown', 'checkout_session_expired_by_actor', 'billing_checkout_session_created', 'checkout_session_verified', 'operation_settled_by_schedule', 'stripe_event_replayed', 'checkout.session.completed', 'checkout.session.async_payment_succeeded', 'checkout.session.async_payment_failed', 'checkout.session.expired', 'customer.subscription.created', 'customer.subscription.updated', 'customer.subscription.deleted', 'customer.subscription.paused', 'customer.subscription.resumed', 'invoice.paid', 'invoice.payment_failed', 'invoice.payment_action_required', 'invoice_payment.paid', 'charge.refunded', 'refund.created', 'refund.updated', 'refund.failed', 'charge.dispute.created', 'charge.dispute.updated', 'charge.dispute.closed', 'product_entitlement_granted', 'product_entitlement_status_changed', 'publisher_plan_entitlement_changed', 'affiliate_commission_ledger_review_only_created', 'affiliate_commission_ledger_owner_review_action', 'post_purchase_non_billing_decision_recorded', 'product_revocation_intent_recorded', 'product_revocation_intent_withdrawn', 'product_asset_upload_started', 'product_asset_upload_stored', 'product_asset_upload_abandoned', 'minimum_proof_changed', 'client_grant_revoked', 'owner_account_set_up', 'sign_up_policy_changed', 'person_invited')),
  CONSTRAINT payment_audit_events_actor_kind CHECK (actor_kind IN ('oauth_client', 'owner_session', 'account_session', 'buyer_post_purchase_page', 'stripe_webhook', 'scheduled_run')),
  CONSTRAINT payment_audit_events_proof CHECK (proof IN ('argument', 'elicited', 'approval_page'))
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_audit_events_intent ON payment_audit_events (owner_user_id, checkout_intent_id, created_at);
CREATE INDEX payment_audit_events_operation ON payment_audit_events (owner_user_id, operation_id, created_at);

-- A checkout, written before Stripe is called. Written by start_checkout and moved on by Stripe events.
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
  last_checked_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (buyer_user_id) REFERENCES user(id),
  FOREIGN KEY (actor_id) REFERENCES user(id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES commerce_products(owner_user_id, id),
  FOREIGN KEY (owner_user_id, price_id) REFERENCES commerce_prices(owner_user_id, id),
  CONSTRAINT checkout_intents_checkout_kind CHECK (checkout_kind IN ('sandbox_checkout', 'self_serve_subscription')),
  CONSTRAINT checkout_intents_status_word CHECK (status IN ('created', 'open', 'completed', 'paid', 'failed', 'expired', 'canceled', 'blocked', 'refunded', 'disputed')),
  CONSTRAINT checkout_intents_stripe_mode CHECK (stripe_mode IN ('sandbox', 'live')),
  CONSTRAINT checkout_intents_offer_sandbox CHECK (checkout_kind <> 'sandbox_checkout' OR stripe_mode = 'sandbox'),
  CONSTRAINT checkout_intents_amount CHECK (amount_cents > 0),
  CONSTRAINT checkout_intents_confirmation_required CHECK (confirmation_required IN (0, 1)),
  CONSTRAINT checkout_intents_attempt CHECK (attempt >= 1)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX checkout_intents_key ON checkout_intents (owner_user_id, actor_id, idempotency_key);
CREATE UNIQUE INDEX checkout_intents_session ON checkout_intents (stripe_checkout_session_id);
CREATE INDEX checkout_intents_check ON checkout_intents (owner_user_id, status, last_checked_at);
CREATE INDEX checkout_intents_payment ON checkout_intents (owner_user_id, stripe_payment_intent_id);
CREATE INDEX checkout_intents_subscription ON checkout_intents (owner_user_id, stripe_subscription_id);
CREATE INDEX checkout_intents_invoice ON checkout_intents (owner_user_id, stripe_invoice_id);
CREATE UNIQUE INDEX checkout_intents_operation ON checkout_intents (owner_user_id, operation_id);
CREATE INDEX checkout_intents_actor ON checkout_intents (owner_user_id, actor_id, created_at, id);
CREATE INDEX checkout_intents_open ON checkout_intents (owner_user_id, actor_id, created_at) WHERE status = 'open';
CREATE INDEX checkout_intents_created ON checkout_intents (owner_user_id, created_at, id);
CREATE INDEX checkout_intents_status ON checkout_intents (owner_user_id, status, created_at);

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

-- What Stripe has told of a checkout, each fact once. Written by the webhook.
CREATE TABLE checkout_facts (
  owner_user_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  fact TEXT NOT NULL,
  stripe_event_id TEXT,
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, checkout_intent_id, fact),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  CONSTRAINT checkout_facts_fact CHECK (fact IN ('session_complete', 'no_payment_required', 'paid', 'payment_failed', 'session_expired', 'expired_by_actor', 'amount_mismatch', 'currency_mismatch', 'mode_mismatch'))
) STRICT, WITHOUT ROWID;

-- The state of a refund, charge or dispute of a payment, one row an object. Written by the webhook.
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

-- What a buyer answered to an upsell or downsell. Written by record_post_purchase_decision.
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
  idempotency_key TEXT NOT NULL,
  audit_correlation_id TEXT NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  CONSTRAINT checkout_post_purchase_decisions_kind CHECK (decision_kind IN ('accept_upsell_follow_up', 'decline_upsell', 'accept_downsell_follow_up', 'decline_downsell')),
  CONSTRAINT checkout_post_purchase_decisions_checkout_status CHECK (checkout_status IN ('created', 'open', 'completed', 'paid', 'failed', 'expired', 'canceled', 'blocked', 'refunded', 'disputed')),
  CONSTRAINT checkout_post_purchase_decisions_actor_kind CHECK (actor_kind IN ('oauth_client', 'owner_session', 'account_session', 'buyer_post_purchase_page', 'stripe_webhook', 'scheduled_run'))
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

-- Review-only commission evidence, one per checkout. Written by create_commission_evidence, statuses by review.
CREATE TABLE affiliate_commission_ledger_entries (
  id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  referral_attribution_id TEXT NOT NULL,
  referral_click_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  source_checkout_amount_cents INTEGER NOT NULL,
  commission_cents INTEGER NOT NULL,
  ledger_status TEXT DEFAULT 'review_only' NOT NULL,
  review_status TEXT DEFAULT 'refund_window_open' NOT NULL,
  payout_status TEXT DEFAULT 'not_payable' NOT NULL,
  idempotency_key TEXT NOT NULL,
  audit_correlation_id TEXT NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  commission_rule_ids_json TEXT NOT NULL,
  source_checkout_status TEXT NOT NULL,
  currency TEXT NOT NULL,
  refund_window_days INTEGER DEFAULT 14 NOT NULL,
  reversible_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  FOREIGN KEY (owner_user_id, referral_attribution_id) REFERENCES checkout_referral_attributions(owner_user_id, id),
  CONSTRAINT affiliate_commission_ledger_entries_ledger_status CHECK (ledger_status IN ('review_only', 'reversed')),
  CONSTRAINT affiliate_commission_ledger_entries_review_status CHECK (review_status IN ('refund_window_open', 'owner_reviewed', 'owner_hold', 'owner_reversed')),
  CONSTRAINT affiliate_commission_ledger_entries_payout_status CHECK (payout_status IN ('not_payable')),
  CONSTRAINT affiliate_commission_ledger_entries_amount CHECK (source_checkout_amount_cents > 0),
  CONSTRAINT affiliate_commission_ledger_entries_commission CHECK (commission_cents BETWEEN 0 AND source_checkout_amount_cents)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX affiliate_commission_ledger_entries_intent ON affiliate_commission_ledger_entries (owner_user_id, checkout_intent_id);
CREATE INDEX affiliate_commission_ledger_entries_created ON affiliate_commission_ledger_entries (owner_user_id, created_at, id);
CREATE INDEX affiliate_commission_ledger_entries_group ON affiliate_commission_ledger_entries (owner_user_id, referral_link_id, ledger_status, review_status, created_at);

-- Entries and amounts counted by link and statuses. Kept by triggers.
CREATE TABLE commission_ledger_totals (
  owner_user_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  ledger_status TEXT NOT NULL,
  review_status TEXT NOT NULL,
  payout_status TEXT NOT NULL,
  total_ledgers INTEGER NOT NULL,
  total_source_checkout_amount_cents INTEGER NOT NULL,
  total_commission_cents INTEGER NOT NULL,
  last_created_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, referral_link_id, referral_code, partner_id, ledger_status, review_status, payout_status)
) STRICT, WITHOUT ROWID;

-- What the owner did with an entry. Written by review_commission_evidence.
CREATE TABLE affiliate_commission_ledger_actions (
  id TEXT NOT NULL,
  commission_ledger_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  action_kind TEXT NOT NULL,
  previous_ledger_status TEXT NOT NULL,
  next_ledger_status TEXT NOT NULL,
  previous_review_status TEXT NOT NULL,
  next_review_status TEXT NOT NULL,
  next_payout_status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL,
  actor_user_id TEXT NOT NULL,
  actor_email TEXT,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  previous_payout_status TEXT NOT NULL,
  actor_role TEXT DEFAULT 'owner' NOT NULL,
  private_reason TEXT,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, commission_ledger_id) REFERENCES affiliate_commission_ledger_entries(owner_user_id, id),
  CONSTRAINT affiliate_commission_ledger_actions_kind CHECK (action_kind IN ('mark_reviewed', 'hold_for_review', 'reverse_evidence')),
  CONSTRAINT affiliate_commission_ledger_actions_previous_ledger CHECK (previous_ledger_status IN ('review_only', 'reversed')),
  CONSTRAINT affiliate_commission_ledger_actions_next_ledger CHECK (next_ledger_status IN ('review_only', 'reversed')),
  CONSTRAINT affiliate_commission_ledger_actions_previous_review CHECK (previous_review_status IN ('refund_window_open', 'owner_reviewed', 'owner_hold', 'owner_reversed')),
  CONSTRAINT affiliate_commission_ledger_actions_next_review CHECK (next_review_status IN ('refund_window_open', 'owner_reviewed', 'owner_hold', 'owner_reversed')),
  CONSTRAINT affiliate_commission_ledger_actions_previous_payout CHECK (previous_payout_status IN ('not_payable')),
  CONSTRAINT affiliate_commission_ledger_actions_next_payout CHECK (next_payout_status IN ('not_payable')),
  CONSTRAINT affiliate_commission_ledger_actions_reason CHECK (length(private_reason) <= 500)
) STRICT, WITHOUT ROWID;
CREATE INDEX affiliate_commission_ledger_actions_entry ON affiliate_commission_ledger_actions (owner_user_id, commission_ledger_id, created_at);

-- Review actions counted by link and kind. Kept by a trigger.
CREATE TABLE commission_review_totals (
  owner_user_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  action_kind TEXT NOT NULL,
  next_ledger_status TEXT NOT NULL,
  next_review_status TEXT NOT NULL,
  next_payout_status TEXT NOT NULL,
  total_actions INTEGER NOT NULL,
  last_created_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, referral_link_id, referral_code, partner_id, action_kind, next_ledger_status, next_review_status, next_payout_status)
) STRICT, WITHOUT ROWID;

-- Access that a paid checkout gave. Written by the webhook alone.
CREATE TABLE product_entitlements (
  id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  entitlement_template_id TEXT NOT NULL,
  access_rule_id TEXT NOT NULL,
  status TEXT DEFAULT 'active' NOT NULL,
  grant_kind TEXT NOT NULL,
  source_price_id TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  source_stripe_event_id TEXT,
  source_commerce_product_id TEXT NOT NULL,
  buyer_user_id TEXT,
  buyer_email_hash TEXT,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  revoked_at INTEGER,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES access_products(owner_user_id, id),
  CONSTRAINT product_entitlements_status CHECK (status IN ('active', 'inactive')),
  CONSTRAINT product_entitlements_grant_kind CHECK (grant_kind IN ('sandbox_paid_webhook', 'sandbox_subscription_webhook'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX product_entitlements_grant ON product_entitlements (owner_user_id, checkout_intent_id, product_id, entitlement_template_id);
CREATE INDEX product_entitlements_granted ON product_entitlements (owner_user_id, granted_at, id);

-- What is owed for an entitlement. Written with it.
CREATE TABLE product_fulfillment_tasks (
  id TEXT NOT NULL,
  entitlement_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  status TEXT DEFAULT 'queued' NOT NULL,
  fulfillment_kind TEXT NOT NULL,
  summary TEXT NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, entitlement_id) REFERENCES product_entitlements(owner_user_id, id),
  CONSTRAINT product_fulfillment_tasks_status_word CHECK (status IN ('queued', 'active', 'paused')),
  CONSTRAINT product_fulfillment_tasks_kind CHECK (fulfillment_kind IN ('bundle', 'digital_download', 'membership'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX product_fulfillment_tasks_entitlement ON product_fulfillment_tasks (owner_user_id, entitlement_id);
CREATE INDEX product_fulfillment_tasks_status ON product_fulfillment_tasks (owner_user_id, status, created_at);

-- A private file of a product in the asset bucket. Written by upload_product_asset.
CREATE TABLE product_asset_uploads (
  id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  asset_id TEXT NOT NULL,
  file_name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  byte_count INTEGER NOT NULL,
  body_sha256 TEXT NOT NULL,
  status TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  actor_user_id TEXT NOT NULL,
  actor_email_hash TEXT NOT NULL,
  r2_object_key TEXT NOT NULL,
  confirmation_text_sha256 TEXT NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  actor_role TEXT DEFAULT 'owner' NOT NULL,
  upload_link_sha256 TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id, asset_id) REFERENCES catalog_assets(owner_user_id, product_id, asset_id),
  CONSTRAINT product_asset_uploads_status CHECK (status IN ('upload_pending', 'stored_private', 'upload_abandoned')),
  CONSTRAINT product_asset_uploads_bytes CHECK (byte_count > 0),
  CONSTRAINT product_asset_uploads_digest CHECK (length(body_sha256) = 64)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX product_asset_uploads_object ON product_asset_uploads (r2_object_key);
CREATE UNIQUE INDEX product_asset_uploads_link ON product_asset_uploads (upload_link_sha256);
CREATE UNIQUE INDEX product_asset_uploads_key ON product_asset_uploads (owner_user_id, actor_user_id, idempotency_key);
CREATE INDEX product_asset_uploads_created ON product_asset_uploads (owner_user_id, created_at, id);
CREATE INDEX product_asset_uploads_pending ON product_asset_uploads (owner_user_id, created_at) WHERE status = 'upload_pending';

-- A note that access should be removed, which removes nothing. Written by the seeds, record_revocation_intent and withdrawal.
CREATE TABLE product_entitlement_revocation_intents (
  id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  entitlement_template_id TEXT NOT NULL,
  access_rule_id TEXT NOT NULL,
  status TEXT DEFAULT 'revocation_intent_ready' NOT NULL,
  intent_kind TEXT DEFAULT 'owner_confirmed_dry_run' NOT NULL,
  reason_code TEXT,
  destructive_action_enabled INTEGER DEFAULT 0 NOT NULL,
  entitlement_mutation_enabled INTEGER DEFAULT 0 NOT NULL,
  target_entitlement_id TEXT,
  idempotency_key TEXT,
  actor_user_id TEXT,
  actor_email_hash TEXT,
  confirmation_text_sha256 TEXT,
  private_reason_sha256 TEXT,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  operation_id TEXT,
  actor_role TEXT,
  expected_entitlement_status TEXT,
  revocation_policy TEXT NOT NULL,
  stale_state_policy TEXT NOT NULL,
  audit_correlation_policy TEXT NOT NULL,
  closes_intent_id TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES access_products(owner_user_id, id),
  FOREIGN KEY (owner_user_id, target_entitlement_id) REFERENCES product_entitlements(owner_user_id, id),
  CONSTRAINT product_entitlement_revocation_intents_status CHECK (status IN ('revocation_intent_ready', 'revocation_intent_recorded', 'revocation_intent_withdrawn')),
  CONSTRAINT product_entitlement_revocation_intents_kind CHECK (intent_kind IN ('owner_confirmed_dry_run')),
  CONSTRAINT product_entitlement_revocation_intents_reason CHECK (reason_code IN ('manual_review', 'refund_or_chargeback', 'customer_request', 'test_cleanup')),
  CONSTRAINT product_entitlement_revocation_intents_expected CHECK (expected_entitlement_status IN ('active', 'inactive')),
  CONSTRAINT product_entitlement_revocation_intents_not_destructive CHECK (destructive_action_enabled = 0),
  CONSTRAINT product_entitlement_revocation_intents_no_mutation CHECK (entitlement_mutation_enabled = 0)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX product_entitlement_revocation_intents_closes ON product_entitlement_revocation_intents (owner_user_id, closes_intent_id);
CREATE INDEX product_entitlement_revocation_intents_created ON product_entitlement_revocation_intents (owner_user_id, created_at, id);

-- The recorded intent of an entitlement that is open. Written with it, deleted by its withdrawal.
CREATE TABLE open_revocation_intents (
  owner_user_id TEXT NOT NULL,
  entitlement_id TEXT NOT NULL,
  revocation_intent_id TEXT NOT NULL,
  PRIMARY KEY (owner_user_id, entitlement_id),
  FOREIGN KEY (owner_user_id, revocation_intent_id) REFERENCES product_entitlement_revocation_intents(owner_user_id, id)
) STRICT, WITHOUT ROWID;

-- That protected content is ready, without its body. Written by the seeds.
CREATE TABLE product_protected_content_sections (
  id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  asset_id TEXT NOT NULL,
  entitlement_template_id TEXT NOT NULL,
  status TEXT DEFAULT 'protected_content_ready' NOT NULL,
  content_kind TEXT NOT NULL,
  title TEXT NOT NULL,
  public_summary TEXT NOT NULL,
  delivery_enabled INTEGER DEFAULT 0 NOT NULL,
  protected_body_included INTEGER DEFAULT 0 NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  access_policy TEXT NOT NULL,
  private_content_boundary TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id, asset_id) REFERENCES catalog_assets(owner_user_id, product_id, asset_id),
  CONSTRAINT product_protected_content_sections_status CHECK (status IN ('protected_content_ready')),
  CONSTRAINT product_protected_content_sections_kind CHECK (content_kind IN ('course_module', 'member_area')),
  CONSTRAINT product_protected_content_sections_delivery CHECK (delivery_enabled IN (0, 1)),
  CONSTRAINT product_protected_content_sections_no_body CHECK (protected_body_included = 0)
) STRICT, WITHOUT ROWID;

-- A verified Stripe event, keyed by its id, its payload redacted. Written by the webhook.
CREATE TABLE stripe_webhook_events (
  id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  api_version TEXT,
  livemode INTEGER DEFAULT 0 NOT NULL,
  status TEXT NOT NULL,
  processed_at INTEGER NOT NULL,
  payload_redacted_json TEXT NOT NULL,
  error TEXT,
  owner_user_id TEXT NOT NULL,
  payload_sha256 TEXT NOT NULL,
  stripe_created_at INTEGER NOT NULL,
  checkout_intent_id TEXT,
  attempts INTEGER DEFAULT 1 NOT NULL,
  reference TEXT NOT NULL,
  came_by TEXT DEFAULT 'webhook' NOT NULL,
  received_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT stripe_webhook_events_status_word CHECK (status IN ('received', 'processed', 'ignored', 'blocked', 'failed')),
  CONSTRAINT stripe_webhook_events_came_by CHECK (came_by IN ('webhook', 'event_list')),
  CONSTRAINT stripe_webhook_events_livemode CHECK (livemode IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX stripe_webhook_events_received ON stripe_webhook_events (owner_user_id, came_by, received_at);
CREATE INDEX stripe_webhook_events_status ON stripe_webhook_events (owner_user_id, status, received_at);
CREATE UNIQUE INDEX stripe_webhook_events_reference ON stripe_webhook_events (owner_user_id, reference);

-- A subscription as Stripe events tell it. Written by the webhook.
CREATE TABLE billing_subscriptions (
  id TEXT NOT NULL,
  product_id TEXT,
  price_id TEXT,
  status TEXT DEFAULT 'incomplete' NOT NULL,
  current_period_start INTEGER,
  current_period_end INTEGER,
  cancel_at_period_end INTEGER DEFAULT 0 NOT NULL,
  owner_user_id TEXT NOT NULL,
  buyer_user_id TEXT,
  buyer_email TEXT,
  stripe_customer_id TEXT,
  stripe_subscription_id TEXT NOT NULL,
  stripe_price_id TEXT,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  checkout_intent_id TEXT,
  plan_slug TEXT,
  stripe_mode TEXT NOT NULL,
  state_event_at INTEGER NOT NULL,
  state_event_rank INTEGER NOT NULL,
  state_event_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT billing_subscriptions_stripe_mode CHECK (stripe_mode IN ('sandbox', 'live')),
  CONSTRAINT billing_subscriptions_status CHECK (status IN ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'canceled', 'unpaid', 'paused')),
  CONSTRAINT billing_subscriptions_cancel_at_period_end CHECK (cancel_at_period_end IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX billing_subscriptions_stripe ON billing_subscriptions (stripe_subscription_id);
CREATE INDEX billing_subscriptions_buyer ON billing_subscriptions (owner_user_id, buyer_user_id, status);
CREATE INDEX billing_subscriptions_due ON billing_subscriptions (owner_user_id, status, current_period_end);

-- Which plan a person has. Written by the webhook.
CREATE TABLE publisher_plan_entitlements (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  buyer_user_id TEXT NOT NULL,
  buyer_email_hash TEXT,
  status TEXT NOT NULL,
  source TEXT NOT NULL,
  plan_slug TEXT NOT NULL,
  stripe_mode TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (buyer_user_id) REFERENCES user(id),
  FOREIGN KEY (owner_user_id, plan_slug) REFERENCES plans(owner_user_id, slug),
  CONSTRAINT publisher_plan_entitlements_status CHECK (status IN ('active', 'inactive')),
  CONSTRAINT publisher_plan_entitlements_source CHECK (source IN ('stripe_checkout_session')),
  CONSTRAINT publisher_plan_entitlements_stripe_mode CHECK (stripe_mode IN ('sandbox', 'live'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX publisher_plan_entitlements_intent ON publisher_plan_entitlements (owner_user_id, checkout_intent_id);
CREATE INDEX publisher_plan_entitlements_buyer ON publisher_plan_entitlements (owner_user_id, buyer_user_id, status);

-- How far the event list of Stripe has been read. Written by the scheduled run.
CREATE TABLE heal_cursors (
  owner_user_id TEXT NOT NULL,
  stripe_mode TEXT NOT NULL,
  read_up_to INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, stripe_mode),
  CONSTRAINT heal_cursors_stripe_mode CHECK (stripe_mode IN ('sandbox', 'live'))
) STRICT, WITHOUT ROWID;

-- What a scheduled run did, in counts. Written by it.
CREATE TABLE scheduled_runs (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  report_json TEXT NOT NULL,
  PRIMARY KEY (owner_user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX scheduled_runs_finished ON scheduled_runs (owner_user_id, finished_at);
