-- One row per object of the API. `body` is the public JSON; `hidden` has the fields that the API does not show. `revision` grows with
-- each change, so that of two writers of one object only one succeeds. Written by collection.ts.
CREATE TABLE objects (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  object TEXT NOT NULL,
  livemode INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  created INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1,
  body TEXT NOT NULL CHECK (json_valid(body)),
  hidden TEXT NOT NULL CHECK (json_valid(hidden))
) STRICT;
CREATE INDEX objects_listed ON objects (object, livemode, created, position);
-- Each request first looks for expired sessions and due subscriptions: these indexes hold the compared values. `object` is a bound
-- parameter, so SQLite would not use a partial index.
CREATE INDEX objects_expiring ON objects (object, json_extract(body, '$.status'), json_extract(body, '$.expires_at'));
CREATE INDEX objects_due ON objects (object, json_extract(hidden, '$.dueAt'));

-- A guard of a batch: it inserts the number of rows that the statement before it changed, and any number but 1 aborts the batch.
CREATE TABLE guards (
  changed INTEGER NOT NULL CHECK (changed = 1)
) STRICT;

-- One row per idempotency key and mode. `status` and `body` are null while the first request is still executing. Written by idempotency.ts.
CREATE TABLE idempotency_keys (
  livemode INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  key TEXT NOT NULL,
  claim TEXT NOT NULL UNIQUE,
  claimed_at INTEGER NOT NULL,
  path TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  request_id TEXT NOT NULL,
  status INTEGER,
  body TEXT,
  PRIMARY KEY (livemode, key)
) STRICT;

-- One row per event and endpoint. `body` is the exact text that is sent. `turn` is the order of sending. Written by deliveries.ts.
CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  turn INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  url TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'delivered', 'dropped', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  last_status INTEGER
) STRICT;
CREATE INDEX deliveries_due ON deliveries (state, next_attempt_at, turn);

-- Faults that are still to happen, oldest first. `remaining` counts down. Written by faults.ts.
CREATE TABLE faults (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  target TEXT NOT NULL CHECK (target IN ('api', 'delivery', 'event')),
  match TEXT,
  remaining INTEGER NOT NULL,
  fault TEXT NOT NULL CHECK (json_valid(fault))
) STRICT;

-- Every call of the API in the order of arrival. `status` is null until the answer. No API key is stored. Written by call-log.ts.
CREATE TABLE calls (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  request_id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  params TEXT NOT NULL CHECK (json_valid(params)),
  idempotency_key TEXT,
  api_version TEXT,
  livemode INTEGER,
  status INTEGER,
  replayed INTEGER NOT NULL DEFAULT 0 CHECK (replayed IN (0, 1)),
  fault TEXT
) STRICT;

-- The sandbox's clock, in one row: milliseconds that are added to the machine's clock. Written by clock.ts.
CREATE TABLE clock (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  offset_ms INTEGER NOT NULL
) STRICT;
INSERT INTO clock (only_row, offset_ms) VALUES (1, 0);

-- The settings of the Stripe account, in one row; without a row it is the plain account. Written by account.ts.
CREATE TABLE account (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  settings TEXT NOT NULL CHECK (json_valid(settings))
) STRICT;
