import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, primaryKey, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { accessProducts, catalogAssets } from "./access.ts";
import { checkoutIntents } from "./checkout.ts";
import { flag, instant, metadataJson, oneOf, ownerUserId } from "./columns.ts";
import { declareTable, internal, label, priv, pub } from "./declare.ts";
import * as words from "./vocabulary.ts";

export const productEntitlements = declareTable(
  "product_entitlements",
  { published: true, part: "access" },
  {
    id: pub(text("id").notNull()),
    checkoutIntentId: pub(text("checkout_intent_id").notNull()),
    productId: pub(text("product_id").notNull()),
    entitlementTemplateId: pub(text("entitlement_template_id").notNull()),
    accessRuleId: pub(text("access_rule_id").notNull()),
    status: pub(text("status", { enum: words.ENTITLEMENT_STATUSES }).notNull().default("active")),
    grantKind: pub(text("grant_kind", { enum: words.GRANT_KINDS }).notNull()),
    sourcePriceId: pub(text("source_price_id").notNull()),
    grantedAt: pub(instant("granted_at").notNull()),
    sourceStripeEventId: priv(text("source_stripe_event_id")),
    sourceCommerceProductId: priv(text("source_commerce_product_id").notNull()),
    buyerUserId: priv(text("buyer_user_id")),
    buyerEmailHash: priv(text("buyer_email_hash")),
    metadataJson: priv(metadataJson()),
    ownerUserId: internal(ownerUserId()),
    revokedAt: internal(instant("revoked_at")),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.checkoutIntentId],
      foreignColumns: [checkoutIntents.ownerUserId, checkoutIntents.id],
    }),
    foreignKey({
      columns: [t.ownerUserId, t.productId],
      foreignColumns: [accessProducts.ownerUserId, accessProducts.id],
    }),
    uniqueIndex("product_entitlements_grant").on(
      t.ownerUserId,
      t.checkoutIntentId,
      t.productId,
      t.entitlementTemplateId,
    ),
    index("product_entitlements_granted").on(t.ownerUserId, t.grantedAt, t.id),
    index("product_entitlements_email").on(t.ownerUserId, t.buyerEmailHash).where(sql`buyer_email_hash IS NOT NULL`),
    index("product_entitlements_buyer")
      .on(t.ownerUserId, t.buyerUserId, t.grantedAt, t.id)
      .where(sql`buyer_user_id IS NOT NULL`),
    oneOf("product_entitlements_status", t.status, words.ENTITLEMENT_STATUSES),
    oneOf("product_entitlements_grant_kind", t.grantKind, words.GRANT_KINDS),
  ],
);

export const productFulfillmentTasks = declareTable(
  "product_fulfillment_tasks",
  { published: true, part: "access" },
  {
    id: pub(text("id").notNull()),
    entitlementId: pub(text("entitlement_id").notNull()),
    checkoutIntentId: pub(text("checkout_intent_id").notNull()),
    productId: pub(text("product_id").notNull()),
    status: pub(text("status", { enum: words.TASK_STATUSES }).notNull().default("queued")),
    fulfillmentKind: pub(text("fulfillment_kind", { enum: words.TASK_KINDS }).notNull()),
    summary: pub(text("summary").notNull()),
    metadataJson: priv(metadataJson()),
    ownerUserId: internal(ownerUserId()),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.entitlementId],
      foreignColumns: [productEntitlements.ownerUserId, productEntitlements.id],
    }),
    uniqueIndex("product_fulfillment_tasks_entitlement").on(t.ownerUserId, t.entitlementId),
    index("product_fulfillment_tasks_status").on(t.ownerUserId, t.status, t.createdAt),
    oneOf("product_fulfillment_tasks_status_word", t.status, words.TASK_STATUSES),
    oneOf("product_fulfillment_tasks_kind", t.fulfillmentKind, words.TASK_KINDS),
  ],
);

export const productAssetUploads = declareTable(
  "product_asset_uploads",
  { published: true, part: "files" },
  {
    id: pub(text("id").notNull()),
    productId: pub(text("product_id").notNull()),
    assetId: pub(text("asset_id").notNull()),
    fileName: pub(text("file_name").notNull()),
    contentType: pub(text("content_type").notNull()),
    byteCount: pub(integer("byte_count").notNull()),
    bodySha256: pub(text("body_sha256").notNull()),
    status: pub(text("status", { enum: words.UPLOAD_STATUSES }).notNull()),
    idempotencyKey: priv(text("idempotency_key").notNull()),
    actorUserId: priv(text("actor_user_id").notNull()),
    actorEmailHash: priv(text("actor_email_hash").notNull()),
    r2ObjectKey: priv(text("r2_object_key").notNull()),
    confirmationTextSha256: priv(text("confirmation_text_sha256").notNull()),
    metadataJson: priv(metadataJson()),
    ownerUserId: internal(ownerUserId()),
    operationId: internal(text("operation_id").notNull()),
    actorRole: internal(text("actor_role").notNull().default("owner")),
    uploadLinkSha256: internal(text("upload_link_sha256")),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.productId, t.assetId],
      foreignColumns: [catalogAssets.ownerUserId, catalogAssets.productId, catalogAssets.assetId],
    }),
    uniqueIndex("product_asset_uploads_object").on(t.r2ObjectKey),
    uniqueIndex("product_asset_uploads_link").on(t.uploadLinkSha256),
    uniqueIndex("product_asset_uploads_key").on(t.ownerUserId, t.actorUserId, t.idempotencyKey),
    index("product_asset_uploads_created").on(t.ownerUserId, t.createdAt, t.id),
    index("product_asset_uploads_pending").on(t.ownerUserId, t.createdAt).where(sql`status = 'upload_pending'`),
    index("product_asset_uploads_stored")
      .on(t.ownerUserId, t.productId, t.assetId, t.createdAt, t.id)
      .where(sql`status = 'stored_private'`),
    oneOf("product_asset_uploads_status", t.status, words.UPLOAD_STATUSES),
    check("product_asset_uploads_bytes", sql`${t.byteCount} > 0`),
    check("product_asset_uploads_digest", sql`length(${t.bodySha256}) = 64`),
  ],
);

export const productEntitlementRevocationIntents = declareTable(
  "product_entitlement_revocation_intents",
  { published: true, part: "access" },
  {
    id: pub(text("id").notNull()),
    productId: pub(text("product_id").notNull()),
    entitlementTemplateId: pub(text("entitlement_template_id").notNull()),
    accessRuleId: pub(text("access_rule_id").notNull()),
    status: pub(text("status", { enum: words.REVOCATION_STATUSES }).notNull().default("revocation_intent_ready")),
    intentKind: pub(text("intent_kind", { enum: words.REVOCATION_KINDS }).notNull().default("owner_confirmed_dry_run")),
    reasonCode: pub(text("reason_code", { enum: words.REVOCATION_REASONS })),
    destructiveActionEnabled: pub(integer("destructive_action_enabled").notNull().default(0)),
    entitlementMutationEnabled: pub(integer("entitlement_mutation_enabled").notNull().default(0)),
    targetEntitlementId: priv(text("target_entitlement_id")),
    /** Null, as the hashes of address and reason: the row is under the seal, and they may name a person. */
    idempotencyKey: priv(text("idempotency_key")),
    actorUserId: priv(text("actor_user_id")),
    actorEmailHash: priv(text("actor_email_hash")),
    confirmationTextSha256: priv(text("confirmation_text_sha256")),
    privateReasonSha256: priv(text("private_reason_sha256")),
    metadataJson: priv(metadataJson()),
    futureBuyers: label("future buyer identifiers"),
    futureReasons: label("future private reason notes"),
    ownerUserId: internal(ownerUserId()),
    operationId: internal(text("operation_id")),
    actorRole: internal(text("actor_role")),
    expectedEntitlementStatus: internal(text("expected_entitlement_status", { enum: words.ENTITLEMENT_STATUSES })),
    revocationPolicy: internal(text("revocation_policy").notNull()),
    staleStatePolicy: internal(text("stale_state_policy").notNull()),
    auditCorrelationPolicy: internal(text("audit_correlation_policy").notNull()),
    /** The recorded intent that a `revocation_intent_withdrawn` row closes. */
    closesIntentId: internal(text("closes_intent_id")),
    /** 1 where a reason was given: its keyed hash is a row of `personal_notes` until it is erased. */
    reasonGiven: internal(integer("reason_given").notNull().default(0)),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.productId],
      foreignColumns: [accessProducts.ownerUserId, accessProducts.id],
    }),
    foreignKey({
      columns: [t.ownerUserId, t.targetEntitlementId],
      foreignColumns: [productEntitlements.ownerUserId, productEntitlements.id],
    }),
    uniqueIndex("product_entitlement_revocation_intents_closes").on(t.ownerUserId, t.closesIntentId),
    index("product_entitlement_revocation_intents_created").on(t.ownerUserId, t.createdAt, t.id),
    oneOf("product_entitlement_revocation_intents_status", t.status, words.REVOCATION_STATUSES),
    oneOf("product_entitlement_revocation_intents_kind", t.intentKind, words.REVOCATION_KINDS),
    oneOf("product_entitlement_revocation_intents_reason", t.reasonCode, words.REVOCATION_REASONS),
    oneOf("product_entitlement_revocation_intents_expected", t.expectedEntitlementStatus, words.ENTITLEMENT_STATUSES),
    // An intent is a note and never removes access.
    check("product_entitlement_revocation_intents_not_destructive", sql`${t.destructiveActionEnabled} = 0`),
    check("product_entitlement_revocation_intents_no_mutation", sql`${t.entitlementMutationEnabled} = 0`),
    flag("product_entitlement_revocation_intents_reason_given", t.reasonGiven),
    check(
      "product_entitlement_revocation_intents_sealed",
      sql`${t.idempotencyKey} IS NULL AND ${t.actorEmailHash} IS NULL AND ${t.privateReasonSha256} IS NULL AND ${t.metadataJson} = '{}'`,
    ),
  ],
);

/**
 * The open intent of an entitlement; the primary key allows one. Withdrawing deletes this row, so that the intent itself
 * is never edited.
 */
export const openRevocationIntents = declareTable(
  "open_revocation_intents",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    entitlementId: priv(text("entitlement_id").notNull()),
    revocationIntentId: pub(text("revocation_intent_id").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.entitlementId] }),
    foreignKey({
      columns: [t.ownerUserId, t.revocationIntentId],
      foreignColumns: [productEntitlementRevocationIntents.ownerUserId, productEntitlementRevocationIntents.id],
    }),
  ],
);

export const productProtectedContentSections = declareTable(
  "product_protected_content_sections",
  { published: true, part: "access" },
  {
    id: pub(text("id").notNull()),
    productId: pub(text("product_id").notNull()),
    assetId: pub(text("asset_id").notNull()),
    entitlementTemplateId: pub(text("entitlement_template_id").notNull()),
    status: pub(
      text("status", { enum: words.PROTECTED_CONTENT_STATUSES }).notNull().default("protected_content_ready"),
    ),
    contentKind: pub(text("content_kind", { enum: words.PROTECTED_CONTENT_KINDS }).notNull()),
    title: pub(text("title").notNull()),
    publicSummary: pub(text("public_summary").notNull()),
    deliveryEnabled: pub(integer("delivery_enabled").notNull().default(0)),
    protectedBodyIncluded: pub(integer("protected_body_included").notNull().default(0)),
    metadataJson: priv(metadataJson()),
    lessons: label("lesson bodies"),
    posts: label("member post bodies"),
    progress: label("progress rows"),
    objectKeys: label("private R2 object keys"),
    signedUrls: label("signed URLs"),
    ownerUserId: internal(ownerUserId()),
    accessPolicy: internal(text("access_policy").notNull()),
    privateContentBoundary: internal(text("private_content_boundary").notNull()),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.productId, t.assetId],
      foreignColumns: [catalogAssets.ownerUserId, catalogAssets.productId, catalogAssets.assetId],
    }),
    oneOf("product_protected_content_sections_status", t.status, words.PROTECTED_CONTENT_STATUSES),
    oneOf("product_protected_content_sections_kind", t.contentKind, words.PROTECTED_CONTENT_KINDS),
    flag("product_protected_content_sections_delivery", t.deliveryEnabled),
    // No body is ever stored here, so none can be delivered.
    check("product_protected_content_sections_no_body", sql`${t.protectedBodyIncluded} = 0`),
  ],
);
