-- Checkouts and operations have long rows. In a table WITHOUT ROWID a row over a quarter of a page takes a page of its own, and
-- every index repeats the key (https://www.sqlite.org/withoutrowid.html, section 4): both tables get a rowid, and are otherwise
-- as they were. Rows come back after the old table is dropped: SQLite then counts the references to them as satisfied.
-- The index of checkouts by status names the id, which it had from the key before. The one of operations by status served no query.
PRAGMA defer_foreign_keys = on;

-- The rows of operations, while their table is made anew. Written and emptied by this migration.
CREATE TABLE operations_rows (
  id TEXT,
  owner_user_id TEXT,
  actor_id TEXT,
  actor_kind TEXT,
  client_id TEXT,
  client_declared TEXT,
  grant_id TEXT,
  idempotency_key TEXT,
  write_name TEXT,
  fingerprint TEXT,
  status TEXT,
  proof TEXT,
  subject_id TEXT,
  subject_updated_at INTEGER,
  confirmation_text TEXT,
  audit_correlation_id TEXT,
  answer_sealed TEXT,
  arguments_sealed TEXT,
  created_at INTEGER,
  updated_at INTEGER,
  answer_removed_at INTEGER
) STRICT;
INSERT INTO operations_rows (id, owner_user_id, actor_id, actor_kind, client_id, client_declared, grant_id, idempotency_key, write_name, fingerprint, status, proof, subject_id, subject_updated_at, confirmation_text, audit_correlation_id, answer_sealed, arguments_sealed, created_at, updated_at, answer_removed_at)
  SELECT id, owner_user_id, actor_id, actor_kind, client_id, client_declared, grant_id, idempotency_key, write_name, fingerprint, status, proof, subject_id, subject_updated_at, confirmation_text, audit_correlation_id, answer_sealed, arguments_sealed, created_at, updated_at, answer_removed_at FROM operations;
DROP TABLE operations;
-- As before, with a rowid. Written as before.
CREATE TABLE operations (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  client_id TEXT,
  client_declared TEXT,
  grant_id TEXT,
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
  answer_removed_at INTEGER,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT operations_status_word CHECK (status IN ('pending', 'awaiting_approval', 'succeeded', 'failed', 'outcome_unknown')),
  CONSTRAINT operations_actor_kind CHECK (actor_kind IN ('oauth_client', 'owner_session', 'account_session', 'buyer_post_purchase_page', 'stripe_webhook', 'scheduled_run', 'operator_cli')),
  CONSTRAINT operations_proof CHECK (proof IN ('argument', 'elicited', 'approval_page', 'passkey')),
  CONSTRAINT operations_key_length CHECK (length(idempotency_key) BETWEEN 1 AND 255),
  CONSTRAINT operations_answered CHECK ((status IN ('succeeded', 'failed')) = (answer_sealed IS NOT NULL OR answer_removed_at IS NOT NULL))
) STRICT;
INSERT INTO operations (id, owner_user_id, actor_id, actor_kind, client_id, client_declared, grant_id, idempotency_key, write_name, fingerprint, status, proof, subject_id, subject_updated_at, confirmation_text, audit_correlation_id, answer_sealed, arguments_sealed, created_at, updated_at, answer_removed_at)
  SELECT id, owner_user_id, actor_id, actor_kind, client_id, client_declared, grant_id, idempotency_key, write_name, fingerprint, status, proof, subject_id, subject_updated_at, confirmation_text, audit_correlation_id, answer_sealed, arguments_sealed, created_at, updated_at, answer_removed_at FROM operations_rows;
DROP TABLE operations_rows;
CREATE UNIQUE INDEX operations_key ON operations (owner_user_id, actor_id, idempotency_key);
CREATE INDEX operations_actor ON operations (owner_user_id, actor_id, created_at, id);
CREATE INDEX operations_created ON operations (owner_user_id, created_at, id);
-- Of the statuses only these are searched for, and few operations have them.
CREATE INDEX operations_unfinished ON operations (owner_user_id, created_at) WHERE status IN ('pending', 'outcome_unknown');

-- The rows of checkout_intents, while their table is made anew. Written and emptied by this migration.
CREATE TABLE checkout_intents_rows (
  id TEXT,
  checkout_kind TEXT,
  status TEXT,
  product_id TEXT,
  price_id TEXT,
  amount_cents INTEGER,
  currency TEXT,
  stripe_mode TEXT,
  idempotency_key TEXT,
  owner_user_id TEXT,
  buyer_user_id TEXT,
  buyer_email TEXT,
  stripe_checkout_session_id TEXT,
  stripe_payment_intent_id TEXT,
  stripe_subscription_id TEXT,
  success_url TEXT,
  cancel_url TEXT,
  audit_correlation_id TEXT,
  agent_client_id TEXT,
  metadata_json TEXT,
  actor_id TEXT,
  operation_id TEXT,
  offer_id TEXT,
  offer_stack_id TEXT,
  plan_slug TEXT,
  confirmation_required INTEGER,
  confirmed_at INTEGER,
  frozen_request_json TEXT,
  frozen_api_version TEXT,
  attempt INTEGER,
  redirect_url TEXT,
  stripe_checkout_url TEXT,
  blocked_reason TEXT,
  expires_at INTEGER,
  paid_at INTEGER,
  stripe_invoice_id TEXT,
  purchase_version INTEGER,
  check_at INTEGER,
  created_at INTEGER,
  updated_at INTEGER,
  paid_cents INTEGER,
  session_searched_to INTEGER,
  session_tries_json TEXT,
  tax_behavior TEXT,
  tax_cents INTEGER,
  grant_id TEXT
) STRICT;
INSERT INTO checkout_intents_rows (id, checkout_kind, status, product_id, price_id, amount_cents, currency, stripe_mode, idempotency_key, owner_user_id, buyer_user_id, buyer_email, stripe_checkout_session_id, stripe_payment_intent_id, stripe_subscription_id, success_url, cancel_url, audit_correlation_id, agent_client_id, metadata_json, actor_id, operation_id, offer_id, offer_stack_id, plan_slug, confirmation_required, confirmed_at, frozen_request_json, frozen_api_version, attempt, redirect_url, stripe_checkout_url, blocked_reason, expires_at, paid_at, stripe_invoice_id, purchase_version, check_at, created_at, updated_at, paid_cents, session_searched_to, session_tries_json, tax_behavior, tax_cents, grant_id)
  SELECT id, checkout_kind, status, product_id, price_id, amount_cents, currency, stripe_mode, idempotency_key, owner_user_id, buyer_user_id, buyer_email, stripe_checkout_session_id, stripe_payment_intent_id, stripe_subscription_id, success_url, cancel_url, audit_correlation_id, agent_client_id, metadata_json, actor_id, operation_id, offer_id, offer_stack_id, plan_slug, confirmation_required, confirmed_at, frozen_request_json, frozen_api_version, attempt, redirect_url, stripe_checkout_url, blocked_reason, expires_at, paid_at, stripe_invoice_id, purchase_version, check_at, created_at, updated_at, paid_cents, session_searched_to, session_tries_json, tax_behavior, tax_cents, grant_id FROM checkout_intents;
DROP TABLE checkout_intents;
-- As before, with a rowid. Written as before.
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
  grant_id TEXT,
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
) STRICT;
INSERT INTO checkout_intents (id, checkout_kind, status, product_id, price_id, amount_cents, currency, stripe_mode, idempotency_key, owner_user_id, buyer_user_id, buyer_email, stripe_checkout_session_id, stripe_payment_intent_id, stripe_subscription_id, success_url, cancel_url, audit_correlation_id, agent_client_id, metadata_json, actor_id, operation_id, offer_id, offer_stack_id, plan_slug, confirmation_required, confirmed_at, frozen_request_json, frozen_api_version, attempt, redirect_url, stripe_checkout_url, blocked_reason, expires_at, paid_at, stripe_invoice_id, purchase_version, check_at, created_at, updated_at, paid_cents, session_searched_to, session_tries_json, tax_behavior, tax_cents, grant_id)
  SELECT id, checkout_kind, status, product_id, price_id, amount_cents, currency, stripe_mode, idempotency_key, owner_user_id, buyer_user_id, buyer_email, stripe_checkout_session_id, stripe_payment_intent_id, stripe_subscription_id, success_url, cancel_url, audit_correlation_id, agent_client_id, metadata_json, actor_id, operation_id, offer_id, offer_stack_id, plan_slug, confirmation_required, confirmed_at, frozen_request_json, frozen_api_version, attempt, redirect_url, stripe_checkout_url, blocked_reason, expires_at, paid_at, stripe_invoice_id, purchase_version, check_at, created_at, updated_at, paid_cents, session_searched_to, session_tries_json, tax_behavior, tax_cents, grant_id FROM checkout_intents_rows;
DROP TABLE checkout_intents_rows;
CREATE UNIQUE INDEX checkout_intents_key ON checkout_intents (owner_user_id, actor_id, idempotency_key);
CREATE UNIQUE INDEX checkout_intents_session ON checkout_intents (stripe_checkout_session_id);
CREATE UNIQUE INDEX checkout_intents_operation ON checkout_intents (owner_user_id, operation_id);
CREATE INDEX checkout_intents_actor ON checkout_intents (owner_user_id, actor_id, created_at, id);
CREATE INDEX checkout_intents_payable ON checkout_intents (owner_user_id, actor_id, created_at) WHERE status IN ('created', 'open', 'completed', 'blocked');
CREATE INDEX checkout_intents_paid ON checkout_intents (owner_user_id, actor_id, paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX checkout_intents_created ON checkout_intents (owner_user_id, created_at, id);
CREATE INDEX checkout_intents_status ON checkout_intents (owner_user_id, status, created_at, id);
CREATE INDEX checkout_intents_payment ON checkout_intents (owner_user_id, stripe_payment_intent_id) WHERE stripe_payment_intent_id IS NOT NULL;
CREATE INDEX checkout_intents_subscription ON checkout_intents (owner_user_id, stripe_subscription_id) WHERE stripe_subscription_id IS NOT NULL;
CREATE INDEX checkout_intents_invoice ON checkout_intents (owner_user_id, stripe_invoice_id) WHERE stripe_invoice_id IS NOT NULL;
CREATE INDEX checkout_intents_plans ON checkout_intents (owner_user_id, buyer_user_id, created_at, id) WHERE plan_slug IS NOT NULL;
CREATE INDEX checkout_intents_ended ON checkout_intents (owner_user_id, created_at) WHERE status IN ('expired', 'canceled', 'failed') AND paid_at IS NULL AND check_at IS NULL AND frozen_request_json <> '{}';
CREATE INDEX checkout_intents_check ON checkout_intents (owner_user_id, stripe_mode, status, check_at) WHERE check_at IS NOT NULL;
CREATE INDEX checkout_intents_mode ON checkout_intents (owner_user_id, stripe_mode, created_at, id);
CREATE INDEX checkout_intents_offer ON checkout_intents (owner_user_id, offer_id, created_at, id) WHERE offer_id IS NOT NULL;
CREATE INDEX checkout_intents_plan ON checkout_intents (owner_user_id, plan_slug, created_at, id) WHERE plan_slug IS NOT NULL;
CREATE INDEX checkout_intents_client ON checkout_intents (owner_user_id, agent_client_id, created_at, id) WHERE agent_client_id IS NOT NULL;
CREATE INDEX checkout_intents_amount ON checkout_intents (owner_user_id, currency, amount_cents, created_at, id);
CREATE INDEX checkout_intents_paid_amount ON checkout_intents (owner_user_id, currency, paid_cents, created_at, id) WHERE paid_cents <> amount_cents;
CREATE INDEX checkout_intents_number ON checkout_intents (owner_user_id, substr(id, -10));
CREATE INDEX checkout_intents_grant ON checkout_intents (owner_user_id, grant_id, created_at) WHERE grant_id IS NOT NULL AND status NOT IN ('failed', 'expired', 'canceled');

-- The planner's statistics went with the old tables.
ANALYZE operations;
ANALYZE checkout_intents;
