-- Access that was bought, and the files and notes of a product.

-- Access that a paid checkout gave. Written by the webhook and by looks at Stripe, never by a tool.
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
  CONSTRAINT product_entitlements_grant_kind CHECK (grant_kind IN ('sandbox_paid_webhook', 'sandbox_subscription_webhook', 'live_paid_webhook', 'live_subscription_webhook'))
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
  CONSTRAINT product_fulfillment_tasks_status_word CHECK (status IN ('queued', 'active', 'paused', 'done')),
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
  reason_given INTEGER DEFAULT 0 NOT NULL,
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
  CONSTRAINT product_entitlement_revocation_intents_no_mutation CHECK (entitlement_mutation_enabled = 0),
  CONSTRAINT product_entitlement_revocation_intents_reason_given CHECK (reason_given IN (0, 1)),
  CONSTRAINT product_entitlement_revocation_intents_sealed CHECK (idempotency_key IS NULL AND actor_email_hash IS NULL AND private_reason_sha256 IS NULL AND metadata_json = '{}')
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
