-- Stripe's events, subscriptions and invoices, and the scheduled run that heals what was missed.

-- A verified Stripe event, keyed by its id, its payload redacted. Written by the webhook and by the scheduled run.
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
  delivered_at INTEGER,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT stripe_webhook_events_status_word CHECK (status IN ('received', 'processed', 'ignored', 'blocked', 'failed')),
  CONSTRAINT stripe_webhook_events_came_by CHECK (came_by IN ('webhook', 'event_list')),
  CONSTRAINT stripe_webhook_events_livemode CHECK (livemode IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX stripe_webhook_events_status ON stripe_webhook_events (owner_user_id, status, received_at);
CREATE UNIQUE INDEX stripe_webhook_events_reference ON stripe_webhook_events (owner_user_id, reference);
CREATE INDEX stripe_webhook_events_type ON stripe_webhook_events (owner_user_id, event_type, delivered_at);
CREATE INDEX stripe_webhook_events_delivered ON stripe_webhook_events (owner_user_id, delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX stripe_webhook_events_missed ON stripe_webhook_events (owner_user_id, received_at) WHERE delivered_at IS NULL;

-- An event that came again with other content, one row an event. Written by the webhook.
CREATE TABLE stripe_event_contradictions (
  owner_user_id TEXT NOT NULL,
  stripe_event_id TEXT NOT NULL,
  payload_sha256 TEXT NOT NULL,
  came_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, stripe_event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX stripe_event_contradictions_came ON stripe_event_contradictions (owner_user_id, came_at);

-- A subscription as Stripe's events and objects tell it. Written by the webhook and by looks at Stripe.
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
  collection_paused INTEGER DEFAULT 0 NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT billing_subscriptions_stripe_mode CHECK (stripe_mode IN ('sandbox', 'live')),
  CONSTRAINT billing_subscriptions_status CHECK (status IN ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'canceled', 'unpaid', 'paused')),
  CONSTRAINT billing_subscriptions_cancel_at_period_end CHECK (cancel_at_period_end IN (0, 1)),
  CONSTRAINT billing_subscriptions_collection_paused CHECK (collection_paused IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX billing_subscriptions_stripe ON billing_subscriptions (stripe_subscription_id);
CREATE INDEX billing_subscriptions_buyer ON billing_subscriptions (owner_user_id, buyer_user_id, status);
CREATE INDEX billing_subscriptions_due ON billing_subscriptions (owner_user_id, status, current_period_end);
CREATE INDEX billing_subscriptions_intent ON billing_subscriptions (owner_user_id, checkout_intent_id);

-- A paid invoice of a subscription that names a checkout of a plan, one row an invoice. Written by the webhook and by looks at Stripe.
CREATE TABLE billing_invoices (
  owner_user_id TEXT NOT NULL,
  stripe_invoice_id TEXT NOT NULL,
  stripe_subscription_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  period_start INTEGER NOT NULL,
  period_end INTEGER NOT NULL,
  amount_cents INTEGER NOT NULL,
  currency TEXT NOT NULL,
  tax_cents INTEGER DEFAULT 0 NOT NULL,
  paid_at INTEGER,
  unserved INTEGER DEFAULT 0 NOT NULL,
  PRIMARY KEY (owner_user_id, stripe_invoice_id),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  CONSTRAINT billing_invoices_amount CHECK (amount_cents >= 0),
  CONSTRAINT billing_invoices_unserved_flag CHECK (unserved IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX billing_invoices_subscription ON billing_invoices (owner_user_id, stripe_subscription_id, period_start);
CREATE INDEX billing_invoices_unserved ON billing_invoices (owner_user_id, period_start) WHERE unserved = 1;
CREATE INDEX billing_invoices_intent ON billing_invoices (owner_user_id, checkout_intent_id);

-- A payment of which money went back and which was unknown here, one row a payment. Written by the webhook and the scheduled run.
CREATE TABLE payment_traces (
  owner_user_id TEXT NOT NULL,
  stripe_payment_intent_id TEXT NOT NULL,
  stripe_mode TEXT NOT NULL,
  outcome TEXT,
  due_at INTEGER,
  attempts INTEGER DEFAULT 0 NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, stripe_payment_intent_id),
  CONSTRAINT payment_traces_stripe_mode CHECK (stripe_mode IN ('sandbox', 'live')),
  CONSTRAINT payment_traces_outcome CHECK (outcome IN ('found', 'not_ours', 'given_up'))
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_traces_due ON payment_traces (owner_user_id, due_at) WHERE due_at IS NOT NULL;

-- Which plan a person has. Written by the webhook and by looks at Stripe.
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
  kept_until INTEGER,
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
CREATE INDEX publisher_plan_entitlements_kept ON publisher_plan_entitlements (owner_user_id, kept_until) WHERE kept_until IS NOT NULL;
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
