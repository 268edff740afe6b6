-- The order as buyer and owner meet it: who paid, what was downloaded, which answer waits, and which mails are to be sent.
ALTER TABLE user ADD COLUMN erased_at INTEGER;
ALTER TABLE access_products ADD COLUMN delivery_enabled INTEGER NOT NULL DEFAULT 0 CONSTRAINT access_products_delivery CHECK (delivery_enabled IN (0, 1));
CREATE INDEX checkout_intents_mode ON checkout_intents (owner_user_id, stripe_mode, created_at, id);
CREATE INDEX checkout_intents_offer ON checkout_intents (owner_user_id, offer_id, created_at, id) WHERE offer_id IS NOT NULL;
CREATE INDEX checkout_intents_plan ON checkout_intents (owner_user_id, plan_slug, created_at, id) WHERE plan_slug IS NOT NULL;
CREATE INDEX checkout_intents_client ON checkout_intents (owner_user_id, agent_client_id, created_at, id) WHERE agent_client_id IS NOT NULL;
CREATE INDEX checkout_intents_amount ON checkout_intents (owner_user_id, currency, amount_cents, created_at, id);
-- Orders that were paid with another amount than was confirmed: of the others, the index above tells.
CREATE INDEX checkout_intents_paid_amount ON checkout_intents (owner_user_id, currency, paid_cents, created_at, id) WHERE paid_cents <> amount_cents;
CREATE INDEX product_entitlements_buyer ON product_entitlements (owner_user_id, buyer_user_id, granted_at, id) WHERE buyer_user_id IS NOT NULL;
CREATE INDEX product_asset_uploads_stored ON product_asset_uploads (owner_user_id, product_id, asset_id, created_at, id) WHERE status = 'stored_private';
CREATE INDEX checkout_intents_number ON checkout_intents (owner_user_id, substr(id, -10));
-- Stripe's events of one order, for its page.
CREATE INDEX stripe_webhook_events_intent ON stripe_webhook_events (owner_user_id, checkout_intent_id, received_at) WHERE checkout_intent_id IS NOT NULL;

-- The payer of an order. Written with the first report of their address; emptied by erasure.
CREATE TABLE order_payers (
  owner_user_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  email_sealed TEXT,
  email_hash TEXT,
  created_at INTEGER NOT NULL,
  erased_at INTEGER,
  PRIMARY KEY (owner_user_id, checkout_intent_id),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents (owner_user_id, id),
  CONSTRAINT order_payers_erased CHECK ((erased_at IS NULL) = (email_sealed IS NOT NULL) AND (erased_at IS NULL) = (email_hash IS NOT NULL))
) STRICT;
CREATE INDEX order_payers_email ON order_payers (owner_user_id, email_hash, created_at, checkout_intent_id) WHERE email_hash IS NOT NULL;

-- Links to an order that were mailed to its payer. Written with the mail, used once.
CREATE TABLE order_links (
  token_sha256 TEXT PRIMARY KEY NOT NULL,
  owner_user_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents (owner_user_id, id)
) STRICT;
CREATE INDEX order_links_intent ON order_links (owner_user_id, checkout_intent_id, created_at);

-- How often a file was downloaded by an entitlement. Written by each download that begins.
CREATE TABLE file_downloads (
  owner_user_id TEXT NOT NULL,
  entitlement_id TEXT NOT NULL,
  asset_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  downloads INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, entitlement_id, asset_id),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents (owner_user_id, id),
  FOREIGN KEY (owner_user_id, entitlement_id) REFERENCES product_entitlements (owner_user_id, id),
  CONSTRAINT file_downloads_count CHECK (downloads >= 1)
) STRICT;
CREATE INDEX file_downloads_intent ON file_downloads (owner_user_id, checkout_intent_id);

-- A buyer's yes to a later offer, until the owner has talked to them. Written with the answer.
CREATE TABLE answer_follow_ups (
  owner_user_id TEXT NOT NULL,
  decision_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, decision_id),
  FOREIGN KEY (owner_user_id, decision_id) REFERENCES checkout_post_purchase_decisions (owner_user_id, id),
  CONSTRAINT answer_follow_ups_status_word CHECK (status IN ('open', 'done'))
) STRICT;
CREATE INDEX answer_follow_ups_status ON answer_follow_ups (owner_user_id, status, created_at, decision_id);
INSERT INTO answer_follow_ups (owner_user_id, decision_id, checkout_intent_id, status, created_at, updated_at)
  SELECT owner_user_id, id, checkout_intent_id, 'open', created_at, created_at FROM checkout_post_purchase_decisions
  WHERE decision_kind IN ('accept_upsell_follow_up', 'accept_downsell_follow_up');

-- Mails that are to be sent. Written with their reason; sent after the commit or by the scheduled run.
CREATE TABLE mail_outbox (
  owner_user_id TEXT NOT NULL,
  id TEXT NOT NULL,
  mail_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  checkout_intent_id TEXT,
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT mail_outbox_kind CHECK (mail_kind GLOB '[a-z]*'),
  CONSTRAINT mail_outbox_status CHECK (status IN ('queued', 'sent', 'dropped')),
  CONSTRAINT mail_outbox_sent CHECK ((status = 'sent') = (sent_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX mail_outbox_subject ON mail_outbox (owner_user_id, mail_kind, subject_id);
CREATE INDEX mail_outbox_due ON mail_outbox (owner_user_id, next_at) WHERE status = 'queued';
CREATE INDEX mail_outbox_intent ON mail_outbox (owner_user_id, checkout_intent_id, created_at) WHERE checkout_intent_id IS NOT NULL;

-- Whether the owner is told by mail. Written by the owner's click.
CREATE TABLE owner_mail_settings (
  owner_user_id TEXT PRIMARY KEY NOT NULL REFERENCES user (id),
  told INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT owner_mail_settings_told CHECK (told IN (0, 1))
) STRICT;
