-- What a purchase can give access to.

-- What access can be granted to, apart from what is sold. Written by the seeds.
CREATE TABLE access_products (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  catalog_id TEXT NOT NULL,
  revision TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  CONSTRAINT access_products_kind CHECK (kind IN ('digital_download', 'course', 'membership', 'coaching_service', 'event_webinar', 'bundle'))
) STRICT, WITHOUT ROWID;

-- A rule that guards access. Written by the seeds.
CREATE TABLE access_rules (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id)
) STRICT, WITHOUT ROWID;

-- What a grant of an access product looks like. Written by the seeds.
CREATE TABLE entitlement_templates (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES access_products(owner_user_id, id)
) STRICT, WITHOUT ROWID;

-- Which rules guard which template. Written by the seeds.
CREATE TABLE template_access_rules (
  owner_user_id TEXT NOT NULL,
  entitlement_template_id TEXT NOT NULL,
  access_rule_id TEXT NOT NULL,
  PRIMARY KEY (owner_user_id, entitlement_template_id, access_rule_id),
  FOREIGN KEY (owner_user_id, entitlement_template_id) REFERENCES entitlement_templates(owner_user_id, id),
  FOREIGN KEY (owner_user_id, access_rule_id) REFERENCES access_rules(owner_user_id, id)
) STRICT, WITHOUT ROWID;

-- An asset as a product holds it. Written by the seeds.
CREATE TABLE catalog_assets (
  owner_user_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  asset_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, product_id, asset_id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES access_products(owner_user_id, id),
  CONSTRAINT catalog_assets_kind CHECK (kind IN ('file', 'lesson', 'member_area', 'booking', 'event'))
) STRICT, WITHOUT ROWID;

-- What happens to access when its money goes back or is late: of a product of the access catalog, or of one that a plan sells. Written by the seeds.
CREATE TABLE access_policies (
  owner_user_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  on_refund_in_full TEXT DEFAULT 'deactivate' NOT NULL,
  on_dispute_open TEXT DEFAULT 'keep' NOT NULL,
  on_dispute_lost TEXT DEFAULT 'deactivate' NOT NULL,
  past_due_keeps_days INTEGER,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, product_id),
  CONSTRAINT access_policies_past_due CHECK (past_due_keeps_days IS NULL OR past_due_keeps_days BETWEEN 1 AND 60),
  CONSTRAINT access_policies_on_refund CHECK (on_refund_in_full IN ('keep', 'deactivate')),
  CONSTRAINT access_policies_on_dispute_open CHECK (on_dispute_open IN ('keep', 'deactivate')),
  CONSTRAINT access_policies_on_dispute_lost CHECK (on_dispute_lost IN ('keep', 'deactivate'))
) STRICT, WITHOUT ROWID;

-- What a paid price gives access to. Written by the seeds.
CREATE TABLE grant_maps (
  id TEXT NOT NULL,
  owner_user_id TEXT NOT NULL,
  price_id TEXT NOT NULL,
  source_commerce_product_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  entitlement_template_id TEXT NOT NULL,
  access_rule_id TEXT NOT NULL,
  task_kind TEXT NOT NULL,
  task_summary TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (owner_user_id, id),
  FOREIGN KEY (owner_user_id, price_id) REFERENCES commerce_prices(owner_user_id, id),
  FOREIGN KEY (owner_user_id, product_id) REFERENCES access_products(owner_user_id, id),
  FOREIGN KEY (owner_user_id, entitlement_template_id) REFERENCES entitlement_templates(owner_user_id, id),
  FOREIGN KEY (owner_user_id, access_rule_id) REFERENCES access_rules(owner_user_id, id),
  CONSTRAINT grant_maps_task_kind CHECK (task_kind IN ('bundle', 'digital_download', 'membership'))
) STRICT, WITHOUT ROWID;
CREATE INDEX grant_maps_price ON grant_maps (owner_user_id, price_id);
