-- A passkey of a person. Written when they register it, and with each use of it.
CREATE TABLE passkeys (
  credential_id TEXT PRIMARY KEY NOT NULL,
  user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  public_key TEXT NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  name TEXT NOT NULL,
  backed_up INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  CONSTRAINT passkeys_counter CHECK (counter >= 0),
  CONSTRAINT passkeys_backed_up CHECK (backed_up IN (0, 1))
) STRICT;
CREATE INDEX passkeys_user ON passkeys (user_id, created_at);

-- What a touch proved, for its person alone. Written with the operation; emptied by erasure.
CREATE TABLE confirmation_assertions (
  owner_user_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  assertion_sha256 TEXT NOT NULL,
  file_sealed TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, operation_id),
  FOREIGN KEY (owner_user_id, operation_id) REFERENCES operations (owner_user_id, id)
) STRICT;
CREATE INDEX confirmation_assertions_actor ON confirmation_assertions (owner_user_id, actor_id, created_at);

-- What a person allows a connected app without asking them. Written at consent and on the account page.
CREATE TABLE grant_limits (
  grant_id TEXT PRIMARY KEY NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
  most_cents INTEGER,
  currency TEXT,
  most_a_day INTEGER,
  ends_at INTEGER,
  updated_at INTEGER NOT NULL,
  CONSTRAINT grant_limits_amount CHECK ((most_cents IS NULL) = (currency IS NULL) AND (most_cents IS NULL OR most_cents >= 0)),
  CONSTRAINT grant_limits_day CHECK (most_a_day IS NULL OR most_a_day >= 0)
) STRICT;
ALTER TABLE checkout_intents ADD COLUMN grant_id TEXT;
-- The checkouts that count against the limit of a day: one that ended unpaid gives its place back.
CREATE INDEX checkout_intents_grant ON checkout_intents (owner_user_id, grant_id, created_at) WHERE grant_id IS NOT NULL AND status NOT IN ('failed', 'expired', 'canceled');

-- The random part of the challenge that a passkey signs for an approval; null for one that was asked before passkeys.
ALTER TABLE approvals ADD COLUMN challenge_random TEXT;
-- SHA-256 of the call however it is spelled, so that a no to it is a no to each spelling; null for one that was asked before.
ALTER TABLE approvals ADD COLUMN call_sha256 TEXT;
-- When the person took their no back.
ALTER TABLE approvals ADD COLUMN forgotten_at INTEGER;
CREATE INDEX approvals_declined ON approvals (owner_user_id, actor_id, call_sha256, decided_at) WHERE status = 'declined';
CREATE INDEX approvals_declined_by ON approvals (owner_user_id, actor_id, decided_at) WHERE status = 'declined';

-- How long a question waits for a person. Written by the owner's console; a business without a row waits ten minutes.
CREATE TABLE approval_settings (
  owner_user_id TEXT PRIMARY KEY NOT NULL REFERENCES user (id),
  wait_minutes INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT approval_settings_wait CHECK (wait_minutes BETWEEN 10 AND 1440)
) STRICT;

-- Whether a person is mailed what waits for them. Written by their account page; a person without a row is mailed.
CREATE TABLE approval_mail_settings (
  user_id TEXT PRIMARY KEY NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  told INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT approval_mail_settings_told CHECK (told IN (0, 1))
) STRICT;

-- From now on a rule is named after a write and its risk. What the owner raised stays raised; `argument`, which a write without
-- a row asked for, gives way to what each write declares.
INSERT INTO minimum_proofs (owner_user_id, write_name, minimum_proof, updated_at)
SELECT owner_user_id, write_name || ':' || CASE write_name WHEN 'expire_checkout' THEN 'ends' ELSE 'records' END, minimum_proof, updated_at
FROM minimum_proofs WHERE minimum_proof <> 'argument';
