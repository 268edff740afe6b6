import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, primaryKey, text } from "drizzle-orm/sqlite-core";
import { commercePrices } from "./catalog.ts";
import { flag, instant, oneOf, ownerUserId } from "./columns.ts";
import { declareTable, internal, priv, pub } from "./declare.ts";
import * as words from "./vocabulary.ts";

/** A product that access can be granted to. `commerce_products` are what is sold; their ids are another namespace. */
export const accessProducts = declareTable(
  "access_products",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    kind: pub(text("kind", { enum: words.ACCESS_CATALOG_KINDS }).notNull()),
    catalogId: pub(text("catalog_id").notNull()),
    revision: pub(text("revision").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
    /** 1 where the holder of an active entitlement can download the product's files. */
    deliveryEnabled: pub(integer("delivery_enabled").notNull().default(0)),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    oneOf("access_products_kind", t.kind, words.ACCESS_CATALOG_KINDS),
    flag("access_products_delivery", t.deliveryEnabled),
  ],
);

export const accessRules = declareTable(
  "access_rules",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [primaryKey({ columns: [t.ownerUserId, t.id] })],
);

export const entitlementTemplates = declareTable(
  "entitlement_templates",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    productId: pub(text("product_id").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.productId],
      foreignColumns: [accessProducts.ownerUserId, accessProducts.id],
    }),
  ],
);

/** Which rules guard a template. */
export const templateAccessRules = declareTable(
  "template_access_rules",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    entitlementTemplateId: pub(text("entitlement_template_id").notNull()),
    accessRuleId: pub(text("access_rule_id").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.entitlementTemplateId, t.accessRuleId] }),
    foreignKey({
      columns: [t.ownerUserId, t.entitlementTemplateId],
      foreignColumns: [entitlementTemplates.ownerUserId, entitlementTemplates.id],
    }),
    foreignKey({ columns: [t.ownerUserId, t.accessRuleId], foreignColumns: [accessRules.ownerUserId, accessRules.id] }),
  ],
);

/** An asset as a product holds it: one asset can stand under several products. */
export const catalogAssets = declareTable(
  "catalog_assets",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    productId: pub(text("product_id").notNull()),
    assetId: pub(text("asset_id").notNull()),
    kind: pub(text("kind", { enum: words.ASSET_KINDS }).notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.productId, t.assetId] }),
    foreignKey({
      columns: [t.ownerUserId, t.productId],
      foreignColumns: [accessProducts.ownerUserId, accessProducts.id],
    }),
    oneOf("catalog_assets_kind", t.kind, words.ASSET_KINDS),
  ],
);

/**
 * What happens to the access to a product when the money for it goes back or is late: a product of the access catalog, or
 * one that a plan sells. A product without a row has the defaults of the columns.
 */
export const accessPolicies = declareTable(
  "access_policies",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    productId: pub(text("product_id").notNull()),
    onRefundInFull: pub(text("on_refund_in_full", { enum: words.ACCESS_EFFECTS }).notNull().default("deactivate")),
    onDisputeOpen: pub(text("on_dispute_open", { enum: words.ACCESS_EFFECTS }).notNull().default("keep")),
    onDisputeLost: pub(text("on_dispute_lost", { enum: words.ACCESS_EFFECTS }).notNull().default("deactivate")),
    /** How many days of an unpaid period a plan is kept while its subscription is past due; null: it ends at once. */
    pastDueKeepsDays: pub(integer("past_due_keeps_days")),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.productId] }),
    check("access_policies_past_due", sql`${t.pastDueKeepsDays} IS NULL OR ${t.pastDueKeepsDays} BETWEEN 1 AND 60`),
    oneOf("access_policies_on_refund", t.onRefundInFull, words.ACCESS_EFFECTS),
    oneOf("access_policies_on_dispute_open", t.onDisputeOpen, words.ACCESS_EFFECTS),
    oneOf("access_policies_on_dispute_lost", t.onDisputeLost, words.ACCESS_EFFECTS),
  ],
);

/** What a paid price gives access to. */
export const grantMaps = declareTable(
  "grant_maps",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    priceId: pub(text("price_id").notNull()),
    sourceCommerceProductId: priv(text("source_commerce_product_id").notNull()),
    productId: pub(text("product_id").notNull()),
    entitlementTemplateId: pub(text("entitlement_template_id").notNull()),
    accessRuleId: pub(text("access_rule_id").notNull()),
    taskKind: pub(text("task_kind", { enum: words.TASK_KINDS }).notNull()),
    taskSummary: pub(text("task_summary").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.priceId],
      foreignColumns: [commercePrices.ownerUserId, commercePrices.id],
    }),
    foreignKey({
      columns: [t.ownerUserId, t.productId],
      foreignColumns: [accessProducts.ownerUserId, accessProducts.id],
    }),
    foreignKey({
      columns: [t.ownerUserId, t.entitlementTemplateId],
      foreignColumns: [entitlementTemplates.ownerUserId, entitlementTemplates.id],
    }),
    foreignKey({ columns: [t.ownerUserId, t.accessRuleId], foreignColumns: [accessRules.ownerUserId, accessRules.id] }),
    index("grant_maps_price").on(t.ownerUserId, t.priceId),
    oneOf("grant_maps_task_kind", t.taskKind, words.TASK_KINDS),
  ],
);
