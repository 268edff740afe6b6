-- A foreign key cannot be dropped in place: the table is made anew and its rows move over.
-- What happens to access when its money goes back: of a product of the access catalog, or of one that a plan sells. Written by the seeds.
CREATE TABLE access_policies_next (
  owner_user_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  on_refund_in_full TEXT DEFAULT 'deactivate' NOT NULL,
  on_dispute_open TEXT DEFAULT 'keep' NOT NULL,
  on_dispute_lost TEXT DEFAULT 'deactivate' NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, product_id),
  CONSTRAINT access_policies_on_refund CHECK (on_refund_in_full IN ('keep', 'deactivate')),
  CONSTRAINT access_policies_on_dispute_open CHECK (on_dispute_open IN ('keep', 'deactivate')),
  CONSTRAINT access_policies_on_dispute_lost CHECK (on_dispute_lost IN ('keep', 'deactivate'))
) STRICT, WITHOUT ROWID;
INSERT INTO access_policies_next (owner_user_id, product_id, on_refund_in_full, on_dispute_open, on_dispute_lost, updated_at) SELECT owner_user_id, product_id, on_refund_in_full, on_dispute_open, on_dispute_lost, updated_at FROM access_policies;
DROP TABLE access_policies;
ALTER TABLE access_policies_next RENAME TO access_policies;
