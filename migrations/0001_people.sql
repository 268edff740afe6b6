-- Every table is STRICT, so that a value of the wrong type is refused. Keys lead with the owner of the business, so that
-- a business can be moved whole. Times are epoch milliseconds, money is minor units.
-- People, how they sign in, and what they let clients do.

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

-- A signed-in browser, and whether a second factor opened it. Written by sign-in, deleted by sign-out.
CREATE TABLE session (
  id TEXT PRIMARY KEY NOT NULL,
  expires_at INTEGER NOT NULL,
  token TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  ip_address TEXT,
  user_agent TEXT,
  user_id TEXT NOT NULL,
  second_factor INTEGER DEFAULT false NOT NULL,
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

-- A short-lived token that was mailed or shown once. Written by the flow that sends it, deleted by its use.
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
CREATE INDEX oauth_grants_client ON oauth_grants (client_id) WHERE revoked_at IS NULL;

-- What the OAuth library keeps of a grant. Written by the consent page and by each use of a code or refresh token.
CREATE TABLE oauth_grant_records (
  grant_id TEXT PRIMARY KEY NOT NULL,
  record_json TEXT NOT NULL,
  revision INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  FOREIGN KEY (grant_id) REFERENCES oauth_grants(id) ON DELETE CASCADE
) STRICT;
CREATE INDEX oauth_grant_records_end ON oauth_grant_records (expires_at);

-- A code or refresh token that was used within a minute, with its sealed answer. Written by the use, deleted by a later one.
CREATE TABLE oauth_token_uses (
  token_sha256 TEXT PRIMARY KEY NOT NULL,
  grant_id TEXT NOT NULL,
  answer_sealed TEXT NOT NULL,
  used_at INTEGER NOT NULL,
  FOREIGN KEY (grant_id) REFERENCES oauth_grants(id) ON DELETE CASCADE
) STRICT;
CREATE INDEX oauth_token_uses_used ON oauth_token_uses (used_at);
CREATE INDEX oauth_token_uses_grant ON oauth_token_uses (grant_id);

-- How often a caller did what a bound counts, in one window. Written by every counted call; the scheduled run deletes past windows.
CREATE TABLE bound_counts (
  window_started_at INTEGER NOT NULL,
  bound TEXT NOT NULL,
  key TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (window_started_at, bound, key)
) STRICT, WITHOUT ROWID;

-- When each bound was last met. Written once a minute at most by each isolate that refuses a call.
CREATE TABLE bounds_met (
  owner_user_id TEXT NOT NULL,
  bound TEXT NOT NULL,
  last_met_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, bound),
  FOREIGN KEY (owner_user_id) REFERENCES user(id)
) STRICT, WITHOUT ROWID;

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
  confirmed_at INTEGER NOT NULL,
  last_step INTEGER DEFAULT 0 NOT NULL,
  failures INTEGER DEFAULT 0 NOT NULL,
  locked_until INTEGER,
  FOREIGN KEY (user_id) REFERENCES user(id) ON DELETE CASCADE,
  CONSTRAINT second_factors_failures CHECK (failures >= 0)
) STRICT;

-- The secret that a session was shown, until its app has proven it. Written by the person's account page, ends with the session.
CREATE TABLE begun_second_factors (
  session_id TEXT PRIMARY KEY NOT NULL,
  secret_sealed TEXT NOT NULL,
  FOREIGN KEY (session_id) REFERENCES session(id) ON DELETE CASCADE
) STRICT;

-- Codes for a lost app, hashed. Written by the person's account page, deleted by their use.
CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL,
  code_sha256 TEXT NOT NULL,
  PRIMARY KEY (user_id, code_sha256),
  FOREIGN KEY (user_id) REFERENCES user(id) ON DELETE CASCADE
) STRICT;
