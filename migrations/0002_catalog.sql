-- What the business sells.

-- The business that this server sells for, named by its owner. Written by the seeds.
CREATE TABLE businesses (
  owner_user_id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  support_email TEXT NOT NULL,
  contact_path TEXT NOT NULL,
  several_plans INTEGER DEFAULT 0 NOT NULL,
  updated_at INTEGER NOT NULL,
  tax TEXT DEFAULT 'none' NOT NULL,
  confirmation_name TEXT NOT NULL,
  locale TEXT DEFAULT 'en' NOT NULL,
  time_zone TEXT DEFAULT 'UTC' NOT NULL,
  FOREIGN KEY (owner_user_id) REFERENCES user(id),
  CONSTRAINT businesses_several_plans CHECK (several_plans IN (0, 1)),
  CONSTRAINT businesses_tax CHECK (tax IN ('none', 'stripe'))
) STRICT;

-- Sentences and plain facts of the published documents, a row a section. Written by the seeds.
CREATE TABLE published_prose (
  owner_user_id TEXT NOT NULL,
  section TEXT NOT NULL,
  value_json TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, section)
) STRICT, WITHOUT ROWID;

-- Something the business sells. Written by the seeds.
CREATE TABLE commerce_products (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT DEFAULT 'draft' NOT NULL,
  description TEXT DEFAULT '' NOT NULL,
  fulfillment_kind TEXT DEFAULT 'manual' NOT NULL,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id) REFERENCES user(id),
  CONSTRAINT commerce_products_kind CHECK (kind IN ('digital_offer', 'digital_download', 'membership_subscription', 'implementation_service', 'course', 'membership', 'coaching_service', 'event_webinar', 'bundle')),
  CONSTRAINT commerce_products_status CHECK (status IN ('draft', 'sandbox', 'sandbox_live', 'live')),
  CONSTRAINT commerce_products_fulfillment_kind CHECK (fulfillment_kind IN ('manual', 'membership'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX commerce_products_slug ON commerce_products (owner_user_id, slug);

-- What a product costs, in minor units of its currency. Written by the seeds.
CREATE TABLE commerce_prices (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  nickname TEXT NOT NULL,
  currency TEXT NOT NULL,
  unit_amount_cents INTEGER NOT NULL,
  billing_interval TEXT DEFAULT 'one_time' NOT NULL,
  active INTEGER DEFAULT 0 NOT NULL,
  stripe_price_id TEXT,
  metadata_json TEXT DEFAULT '{}' NOT NULL,
  confirmation_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  tax_behavior TEXT,
  tax_code TEXT,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES commerce_products(owner_user_id, id),
  CONSTRAINT commerce_prices_amount CHECK (unit_amount_cents >= 0),
  CONSTRAINT commerce_prices_currency CHECK (currency GLOB '[a-z][a-z][a-z]'),
  CONSTRAINT commerce_prices_billing_interval CHECK (billing_interval IN ('one_time', 'month', 'year')),
  CONSTRAINT commerce_prices_active CHECK (active IN (0, 1)),
  CONSTRAINT commerce_prices_tax_behavior CHECK (tax_behavior IN ('exclusive', 'inclusive'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX commerce_prices_stripe_price ON commerce_prices (stripe_price_id);
CREATE INDEX commerce_prices_product ON commerce_prices (owner_user_id, product_id, active);

-- A funnel and its window for answers after payment. Written by the seeds.
CREATE TABLE offer_stacks (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  slug TEXT NOT NULL,
  status TEXT NOT NULL,
  revision TEXT NOT NULL,
  funnel_id TEXT NOT NULL,
  funnel_route TEXT NOT NULL,
  decision_window_minutes INTEGER,
  updated_at INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT offer_stacks_window CHECK (decision_window_minutes > 0)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX offer_stacks_position ON offer_stacks (owner_user_id, position, id);

-- One offer of a stack: primary, order bump, upsell or downsell, with the mode it is sold in. Written by the seeds.
CREATE TABLE stack_offers (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  offer_stack_id TEXT NOT NULL,
  public_offer_id TEXT NOT NULL,
  role TEXT NOT NULL,
  position INTEGER NOT NULL,
  product_id TEXT NOT NULL,
  price_id TEXT NOT NULL,
  name TEXT NOT NULL,
  summary TEXT DEFAULT '' NOT NULL,
  status TEXT NOT NULL,
  stripe_mode TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  withdrawn INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, offer_stack_id) REFERENCES offer_stacks(owner_user_id, id),
  FOREIGN KEY (owner_user_id, price_id) REFERENCES commerce_prices(owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES commerce_products(owner_user_id, id),
  CONSTRAINT stack_offers_role CHECK (role IN ('primary', 'order_bump', 'upsell', 'downsell')),
  CONSTRAINT stack_offers_stripe_mode CHECK (stripe_mode IN ('sandbox', 'live')),
  CONSTRAINT stack_offers_withdrawn CHECK (withdrawn IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX stack_offers_public_id ON stack_offers (owner_user_id, public_offer_id);
CREATE UNIQUE INDEX stack_offers_position ON stack_offers (owner_user_id, offer_stack_id, position, id);

-- A subscription plan. A contact plan has no price. Written by the seeds.
CREATE TABLE plans (
  slug TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  billing_interval TEXT NOT NULL,
  product_id TEXT,
  price_id TEXT,
  setup_price_id TEXT,
  stripe_mode TEXT,
  label TEXT NOT NULL,
  headline TEXT NOT NULL,
  cta TEXT NOT NULL,
  description TEXT NOT NULL,
  best_for TEXT NOT NULL,
  included_json TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  withdrawn INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (owner_user_id, slug),
  FOREIGN KEY (owner_user_id, price_id) REFERENCES commerce_prices(owner_user_id, id),
  FOREIGN KEY (owner_user_id, setup_price_id) REFERENCES commerce_prices(owner_user_id, id),
  CONSTRAINT plans_status CHECK (status IN ('self_serve', 'contact')),
  CONSTRAINT plans_billing_interval CHECK (billing_interval IN ('month', 'contact', 'year')),
  CONSTRAINT plans_stripe_mode CHECK (stripe_mode IN ('sandbox', 'live')),
  CONSTRAINT plans_mode_unless_contact CHECK ((status = 'contact') = (stripe_mode IS NULL)),
  CONSTRAINT plans_priced_unless_contact CHECK ((status = 'contact') = (price_id IS NULL)),
  CONSTRAINT plans_withdrawn CHECK (withdrawn IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX plans_position ON plans (owner_user_id, position, slug);
