-- A CHECK cannot be changed in place: the table is made anew and its rows move over.
-- What an agent asked a person for, and what came of it. Written by the kernel and by the approval page.
CREATE TABLE approvals_next (
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
INSERT INTO approvals_next (id, owner_user_id, operation_id, actor_id, client_id, client_declared, grant_id, idempotency_key, write_name, fingerprint, binding_sha256, subject_id, subject_updated_at, arguments_sealed, status, expires_at, decided_at, created_at) SELECT id, owner_user_id, operation_id, actor_id, client_id, client_declared, grant_id, idempotency_key, write_name, fingerprint, binding_sha256, subject_id, subject_updated_at, arguments_sealed, status, expires_at, decided_at, created_at FROM approvals;
DROP TABLE approvals;
ALTER TABLE approvals_next RENAME TO approvals;
CREATE UNIQUE INDEX approvals_pending_key ON approvals (owner_user_id, actor_id, idempotency_key) WHERE status = 'pending';
CREATE INDEX approvals_key ON approvals (owner_user_id, actor_id, idempotency_key, created_at);
CREATE INDEX approvals_pending ON approvals (owner_user_id, actor_id, expires_at) WHERE status = 'pending';
CREATE UNIQUE INDEX approvals_operation ON approvals (owner_user_id, operation_id);
CREATE INDEX approvals_running_out ON approvals (owner_user_id, expires_at) WHERE status = 'pending';
CREATE INDEX approvals_grant ON approvals (owner_user_id, grant_id) WHERE status = 'pending';
