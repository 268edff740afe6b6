-- A signed hash of a stretch of the audit, each tied to the one before. Written by the scheduled run, never altered.
CREATE TABLE audit_seals (
  owner_user_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  through_sequence INTEGER NOT NULL,
  sealed_at INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (owner_user_id, number)
) STRICT, WITHOUT ROWID;
