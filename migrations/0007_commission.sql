-- Review-only evidence of commissions. No row can become payable.

-- Review-only commission evidence, one per checkout. Written by create_commission_evidence, statuses by review.
CREATE TABLE affiliate_commission_ledger_entries (
  id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  referral_attribution_id TEXT NOT NULL,
  referral_click_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  source_checkout_amount_cents INTEGER NOT NULL,
  commission_cents INTEGER NOT NULL,
  ledger_status TEXT DEFAULT 'review_only' NOT NULL,
  review_status TEXT DEFAULT 'refund_window_open' NOT NULL,
  payout_status TEXT DEFAULT 'not_payable' NOT NULL,
  idempotency_key TEXT NOT NULL,
  audit_correlation_id TEXT NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  commission_rule_ids_json TEXT NOT NULL,
  source_checkout_status TEXT NOT NULL,
  currency TEXT NOT NULL,
  refund_window_days INTEGER DEFAULT 14 NOT NULL,
  reversible_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  FOREIGN KEY (owner_user_id, referral_attribution_id) REFERENCES checkout_referral_attributions(owner_user_id, id),
  CONSTRAINT affiliate_commission_ledger_entries_ledger_status CHECK (ledger_status IN ('review_only', 'reversed')),
  CONSTRAINT affiliate_commission_ledger_entries_review_status CHECK (review_status IN ('refund_window_open', 'owner_reviewed', 'owner_hold', 'owner_reversed')),
  CONSTRAINT affiliate_commission_ledger_entries_payout_status CHECK (payout_status IN ('not_payable')),
  CONSTRAINT affiliate_commission_ledger_entries_amount CHECK (source_checkout_amount_cents > 0),
  CONSTRAINT affiliate_commission_ledger_entries_commission CHECK (commission_cents BETWEEN 0 AND source_checkout_amount_cents)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX affiliate_commission_ledger_entries_intent ON affiliate_commission_ledger_entries (owner_user_id, checkout_intent_id);
CREATE INDEX affiliate_commission_ledger_entries_created ON affiliate_commission_ledger_entries (owner_user_id, created_at, id);
CREATE INDEX affiliate_commission_ledger_entries_group ON affiliate_commission_ledger_entries (owner_user_id, referral_link_id, ledger_status, review_status, created_at);

-- Entries and amounts counted by link and statuses. Kept by triggers.
CREATE TABLE commission_ledger_totals (
  owner_user_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  ledger_status TEXT NOT NULL,
  review_status TEXT NOT NULL,
  payout_status TEXT NOT NULL,
  total_ledgers INTEGER NOT NULL,
  total_source_checkout_amount_cents INTEGER NOT NULL,
  total_commission_cents INTEGER NOT NULL,
  last_created_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, referral_link_id, referral_code, partner_id, ledger_status, review_status, payout_status)
) STRICT, WITHOUT ROWID;

-- What the owner did with an entry. Written by review_commission_evidence, never altered.
CREATE TABLE affiliate_commission_ledger_actions (
  id TEXT NOT NULL,
  commission_ledger_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  action_kind TEXT NOT NULL,
  previous_ledger_status TEXT NOT NULL,
  next_ledger_status TEXT NOT NULL,
  previous_review_status TEXT NOT NULL,
  next_review_status TEXT NOT NULL,
  next_payout_status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  idempotency_key TEXT,
  actor_user_id TEXT NOT NULL,
  actor_email TEXT,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  owner_user_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  previous_payout_status TEXT NOT NULL,
  actor_role TEXT DEFAULT 'owner' NOT NULL,
  reason_given INTEGER DEFAULT 0 NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, commission_ledger_id) REFERENCES affiliate_commission_ledger_entries(owner_user_id, id),
  CONSTRAINT affiliate_commission_ledger_actions_kind CHECK (action_kind IN ('mark_reviewed', 'hold_for_review', 'reverse_evidence')),
  CONSTRAINT affiliate_commission_ledger_actions_previous_ledger CHECK (previous_ledger_status IN ('review_only', 'reversed')),
  CONSTRAINT affiliate_commission_ledger_actions_next_ledger CHECK (next_ledger_status IN ('review_only', 'reversed')),
  CONSTRAINT affiliate_commission_ledger_actions_previous_review CHECK (previous_review_status IN ('refund_window_open', 'owner_reviewed', 'owner_hold', 'owner_reversed')),
  CONSTRAINT affiliate_commission_ledger_actions_next_review CHECK (next_review_status IN ('refund_window_open', 'owner_reviewed', 'owner_hold', 'owner_reversed')),
  CONSTRAINT affiliate_commission_ledger_actions_previous_payout CHECK (previous_payout_status IN ('not_payable')),
  CONSTRAINT affiliate_commission_ledger_actions_next_payout CHECK (next_payout_status IN ('not_payable')),
  CONSTRAINT affiliate_commission_ledger_actions_reason CHECK (reason_given IN (0, 1)),
  CONSTRAINT affiliate_commission_ledger_actions_sealed CHECK (idempotency_key IS NULL AND actor_email IS NULL AND metadata_json = '{}')
) STRICT, WITHOUT ROWID;
CREATE INDEX affiliate_commission_ledger_actions_entry ON affiliate_commission_ledger_actions (owner_user_id, commission_ledger_id, created_at);

-- Review actions counted by link and kind. Kept by a trigger.
CREATE TABLE commission_review_totals (
  owner_user_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  action_kind TEXT NOT NULL,
  next_ledger_status TEXT NOT NULL,
  next_review_status TEXT NOT NULL,
  next_payout_status TEXT NOT NULL,
  total_actions INTEGER NOT NULL,
  last_created_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, referral_link_id, referral_code, partner_id, action_kind, next_ledger_status, next_review_status, next_payout_status)
) STRICT, WITHOUT ROWID;
