-- Confirmed writes, and the audit of everything that changes a row's state.

-- One confirmed write under one idempotency key: claim, lock and stored answer. Written by the kernel alone.
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
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX operations_key ON operations (owner_user_id, actor_id, idempotency_key);
CREATE INDEX operations_actor ON operations (owner_user_id, actor_id, created_at, id);
CREATE INDEX operations_created ON operations (owner_user_id, created_at, id);
CREATE INDEX operations_status ON operations (owner_user_id, status, created_at);

-- What an agent asked a person for, and what came of it. Written by the kernel and by the approval page.
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
  arguments_sealed TEXT,
  status TEXT NOT NULL,
  withdrawn_because TEXT,
  expires_at INTEGER NOT NULL,
  decided_at INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT approvals_status CHECK (status IN ('pending', 'approved', 'declined', 'withdrawn', 'expired')),
  CONSTRAINT approvals_withdrawn_because CHECK (withdrawn_because IN ('replaced', 'subject_changed', 'client_revoked'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX approvals_pending_key ON approvals (owner_user_id, actor_id, idempotency_key) WHERE status = 'pending';
CREATE INDEX approvals_key ON approvals (owner_user_id, actor_id, idempotency_key, created_at);
CREATE INDEX approvals_pending ON approvals (owner_user_id, actor_id, expires_at) WHERE status = 'pending';
CREATE UNIQUE INDEX approvals_operation ON approvals (owner_user_id, operation_id);
CREATE INDEX approvals_running_out ON approvals (owner_user_id, expires_at) WHERE status = 'pending';
CREATE INDEX approvals_grant ON approvals (owner_user_id, grant_id) WHERE status = 'pending';

-- The least proof that the owner asks of a write. Written by the owner on a page, never by a tool.
CREATE TABLE minimum_proofs (
  owner_user_id TEXT NOT NULL,
  write_name TEXT NOT NULL,
  minimum_proof TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, write_name),
  CONSTRAINT minimum_proofs_proof CHECK (minimum_proof IN ('argument', 'elicited', 'approval_page', 'passkey'))
) STRICT, WITHOUT ROWID;

-- What happened, in the commit in which it happened. Appended by every state change, never altered.
CREATE TABLE payment_audit_events (
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
  row_sha256 TEXT,
  CONSTRAINT payment_audit_events_kind CHECK (event_kind GLOB '[a-z]*'),
  CONSTRAINT payment_audit_events_actor_kind CHECK (actor_kind IN ('oauth_client', 'owner_session', 'account_session', 'buyer_post_purchase_page', 'stripe_webhook', 'scheduled_run', 'operator_cli')),
  CONSTRAINT payment_audit_events_proof CHECK (proof IN ('argument', 'elicited', 'approval_page', 'passkey')),
  CONSTRAINT payment_audit_events_row CHECK ((row_sha256 IS NOT NULL) = (event_kind IN ('affiliate_commission_ledger_owner_review_action', 'post_purchase_non_billing_decision_recorded', 'product_revocation_intent_recorded', 'product_revocation_intent_withdrawn')))
) STRICT;
CREATE UNIQUE INDEX payment_audit_events_id ON payment_audit_events (owner_user_id, id);
CREATE INDEX payment_audit_events_intent ON payment_audit_events (owner_user_id, checkout_intent_id, created_at);
CREATE INDEX payment_audit_events_operation ON payment_audit_events (owner_user_id, operation_id, created_at);
CREATE INDEX payment_audit_events_operator ON payment_audit_events (owner_user_id, sequence) WHERE actor_kind = 'operator_cli';

-- A signed hash of a stretch of the audit, each tied to the one before. Written by the scheduled run, never altered.
CREATE TABLE audit_seals (
  owner_user_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  through_sequence INTEGER NOT NULL,
  sealed_at INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (owner_user_id, number)
) STRICT, WITHOUT ROWID;

-- What may name a person, of a row under the seal: one row a fact, joined by that row's id. Written with it, and erased by the owner.
CREATE TABLE personal_notes (
  owner_user_id TEXT NOT NULL,
  row_id TEXT NOT NULL,
  note_kind TEXT NOT NULL,
  note_text TEXT,
  note_hash TEXT,
  PRIMARY KEY (owner_user_id, row_id, note_kind),
  CONSTRAINT personal_notes_kind CHECK (note_kind IN ('review_reason', 'revocation_reason')),
  CONSTRAINT personal_notes_content CHECK ((note_text IS NULL) <> (note_hash IS NULL)),
  CONSTRAINT personal_notes_length CHECK (length(note_text) <= 500)
) STRICT, WITHOUT ROWID;

-- What Stripe refused for good, one row for each call and reason. Written when it refuses, pruned by the scheduled run.
CREATE TABLE provider_refusals (
  owner_user_id TEXT NOT NULL,
  stripe_mode TEXT NOT NULL,
  stripe_call TEXT NOT NULL,
  error_type TEXT NOT NULL,
  error_code TEXT NOT NULL,
  error_param TEXT NOT NULL,
  count INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  last_status INTEGER NOT NULL,
  last_operation_id TEXT,
  last_checkout_intent_id TEXT,
  last_request_id TEXT,
  PRIMARY KEY (owner_user_id, stripe_mode, stripe_call, error_type, error_code, error_param),
  CONSTRAINT provider_refusals_mode CHECK (stripe_mode IN ('sandbox', 'live')),
  CONSTRAINT provider_refusals_call CHECK (stripe_call IN ('checkout.sessions.create', 'checkout.sessions.expire', 'checkout.sessions.retrieve', 'checkout.sessions.list', 'subscriptions.retrieve', 'invoices.retrieve', 'invoices.list', 'invoices.list_line_items', 'invoice_payments.retrieve', 'invoice_payments.list', 'payment_intents.retrieve', 'charges.retrieve', 'refunds.retrieve', 'refunds.list', 'disputes.retrieve', 'disputes.list', 'events.list', 'events.retrieve', 'prices.retrieve', 'billing_portal.sessions.create', 'other'))
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_refusals_last ON provider_refusals (owner_user_id, last_at);

-- A mode whose key Stripe refused. Written by the call that met the refusal, deleted by the scheduled run.
CREATE TABLE closed_modes (
  owner_user_id TEXT NOT NULL,
  stripe_mode TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  closed_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, stripe_mode),
  CONSTRAINT closed_modes_mode CHECK (stripe_mode IN ('sandbox', 'live'))
) STRICT, WITHOUT ROWID;
