-- Partners, their links, and the clicks on them.

-- A program that partners take part in. Written by the seeds.
CREATE TABLE affiliate_programs (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  slug TEXT NOT NULL,
  status TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT affiliate_programs_status CHECK (status IN ('draft', 'live'))
) STRICT, WITHOUT ROWID;

-- A partner and whether they are approved. Written by the seeds.
CREATE TABLE affiliate_partners (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  program_id TEXT NOT NULL,
  status TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, program_id) REFERENCES affiliate_programs(owner_user_id, id),
  CONSTRAINT affiliate_partners_status CHECK (status IN ('approved', 'review'))
) STRICT, WITHOUT ROWID;

-- For how many days a click counts. Written by the seeds.
CREATE TABLE attribution_rules (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  program_id TEXT NOT NULL,
  rule_kind TEXT NOT NULL,
  window_days INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, program_id) REFERENCES affiliate_programs(owner_user_id, id),
  CONSTRAINT attribution_rules_kind CHECK (rule_kind IN ('first_click', 'manual_review')),
  CONSTRAINT attribution_rules_window CHECK (window_days >= 0)
) STRICT, WITHOUT ROWID;

-- A partner link, its code and where it leads. Written by the seeds.
CREATE TABLE referral_links (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  code TEXT NOT NULL,
  status TEXT NOT NULL,
  destination_route TEXT NOT NULL,
  attribution_rule_id TEXT NOT NULL,
  offer_ids_json TEXT NOT NULL,
  utm_source TEXT NOT NULL,
  sandbox_attribution INTEGER DEFAULT 0 NOT NULL,
  live_attribution INTEGER DEFAULT 0 NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, partner_id) REFERENCES affiliate_partners(owner_user_id, id),
  FOREIGN KEY (owner_user_id, attribution_rule_id) REFERENCES attribution_rules(owner_user_id, id),
  CONSTRAINT referral_links_status CHECK (status IN ('draft', 'review', 'active', 'disabled')),
  CONSTRAINT referral_links_sandbox_attribution CHECK (sandbox_attribution IN (0, 1)),
  CONSTRAINT referral_links_live_attribution CHECK (live_attribution IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX referral_links_code ON referral_links (owner_user_id, code);

-- What a paid line is worth to a partner, in basis points of a price. Written by the seeds.
CREATE TABLE commission_rules (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  program_id TEXT NOT NULL,
  rule_kind TEXT NOT NULL,
  price_id TEXT,
  rate_bps INTEGER NOT NULL,
  hold_days INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, program_id) REFERENCES affiliate_programs(owner_user_id, id),
  FOREIGN KEY (owner_user_id, price_id) REFERENCES commerce_prices(owner_user_id, id),
  CONSTRAINT commission_rules_kind CHECK (rule_kind IN ('price_rate', 'refund_holdback')),
  CONSTRAINT commission_rules_rate CHECK (rate_bps BETWEEN 0 AND 10000),
  CONSTRAINT commission_rules_hold CHECK (hold_days >= 0)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX commission_rules_price ON commission_rules (owner_user_id, price_id);

-- A visit through a referral link, the visitor as keyed hashes only. Written by POST /api/affiliates/clicks; the scheduled run removes clicks that no sale used.
CREATE TABLE affiliate_referral_clicks (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  destination_route TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  utm_source TEXT,
  visitor_key_hash TEXT,
  ip_hash TEXT,
  user_agent_hash TEXT,
  referrer_hash TEXT,
  request_hash TEXT NOT NULL,
  visitor_hash TEXT NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  clicked_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  removable_at INTEGER,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, referral_link_id) REFERENCES referral_links(owner_user_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX affiliate_referral_clicks_key ON affiliate_referral_clicks (owner_user_id, visitor_hash, idempotency_key);
CREATE INDEX affiliate_referral_clicks_removable ON affiliate_referral_clicks (owner_user_id, removable_at) WHERE removable_at IS NOT NULL;

-- Clicks counted by link. Kept by a trigger.
CREATE TABLE referral_click_totals (
  owner_user_id TEXT NOT NULL,
  referral_link_id TEXT NOT NULL,
  referral_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  destination_route TEXT NOT NULL,
  total_clicks INTEGER NOT NULL,
  last_click_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, referral_link_id, referral_code, partner_id, destination_route)
) STRICT, WITHOUT ROWID;
