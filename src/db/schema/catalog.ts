import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, primaryKey, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { flag, instant, metadataJson, oneOf, ownerUserId } from "./columns.ts";
import { declareTable, internal, priv, pub } from "./declare.ts";
import { user } from "./people.ts";
import * as words from "./vocabulary.ts";

/** The business that this server sells for; its id is its owner's user id. */
export const businesses = declareTable(
  "businesses",
  { published: false },
  {
    ownerUserId: priv(
      text("owner_user_id")
        .primaryKey()
        .references(() => user.id),
    ),
    name: pub(text("name").notNull()),
    supportEmail: pub(text("support_email").notNull()),
    contactPath: pub(text("contact_path").notNull()),
    /** 1 where a person can have several plans at a time. The same plan twice is never sold. */
    severalPlans: internal(integer("several_plans").notNull().default(0)),
    updatedAt: internal(instant("updated_at").notNull()),
    tax: internal(text("tax", { enum: words.BUSINESS_TAXES }).notNull().default("none")),
    /** What confirmation texts call the business. Plain ASCII. */
    confirmationName: internal(text("confirmation_name").notNull()),
    /** BCP 47: how amounts and dates are written on pages, and the language of the names of the catalog. */
    locale: internal(text("locale").notNull().default("en")),
    /** A zone of the IANA database. */
    timeZone: internal(text("time_zone").notNull().default("UTC")),
  },
  (t) => [flag("businesses_several_plans", t.severalPlans), oneOf("businesses_tax", t.tax, words.BUSINESS_TAXES)],
);

/** Prose and plain facts of the published documents, one row a section. The rest of them is computed. */
export const publishedProse = declareTable(
  "published_prose",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    section: pub(text("section").notNull()),
    valueJson: pub(text("value_json").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [primaryKey({ columns: [t.ownerUserId, t.section] })],
);

export const commerceProducts = declareTable(
  "commerce_products",
  { published: true },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId().references(() => user.id)),
    slug: pub(text("slug").notNull()),
    name: pub(text("name").notNull()),
    kind: pub(text("kind", { enum: words.PRODUCT_KINDS }).notNull()),
    status: pub(text("status", { enum: words.PRODUCT_STATUSES }).notNull().default("draft")),
    description: pub(text("description").notNull().default("")),
    fulfillmentKind: pub(
      text("fulfillment_kind", { enum: words.PRODUCT_FULFILLMENT_KINDS }).notNull().default("manual"),
    ),
    metadataJson: priv(metadataJson()),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    uniqueIndex("commerce_products_slug").on(t.ownerUserId, t.slug),
    oneOf("commerce_products_kind", t.kind, words.PRODUCT_KINDS),
    oneOf("commerce_products_status", t.status, words.PRODUCT_STATUSES),
    oneOf("commerce_products_fulfillment_kind", t.fulfillmentKind, words.PRODUCT_FULFILLMENT_KINDS),
  ],
);

export const commercePrices = declareTable(
  "commerce_prices",
  { published: true },
  {
    id: pub(text("id").notNull()),
    ownerUserId: internal(ownerUserId()),
    productId: pub(text("product_id").notNull()),
    nickname: pub(text("nickname").notNull()),
    currency: pub(text("currency").notNull()),
    unitAmountCents: pub(integer("unit_amount_cents").notNull()),
    billingInterval: pub(text("billing_interval", { enum: words.BILLING_INTERVALS }).notNull().default("one_time")),
    active: pub(integer("active").notNull().default(0)),
    stripePriceId: priv(text("stripe_price_id")),
    metadataJson: priv(metadataJson()),
    /** What a confirmation text calls this price, after the name of the business. Plain ASCII. */
    confirmationName: internal(text("confirmation_name").notNull()),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
    /** Null where the business has no tax calculated. */
    taxBehavior: internal(text("tax_behavior", { enum: words.TAX_BEHAVIORS })),
    /** Stripe's code for the kind of goods (`txcd_…`); null for the default of the Stripe account. */
    taxCode: internal(text("tax_code")),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.productId],
      foreignColumns: [commerceProducts.ownerUserId, commerceProducts.id],
    }),
    uniqueIndex("commerce_prices_stripe_price").on(t.stripePriceId),
    index("commerce_prices_product").on(t.ownerUserId, t.productId, t.active),
    check("commerce_prices_amount", sql`${t.unitAmountCents} >= 0`),
    check("commerce_prices_currency", sql`${t.currency} GLOB '[a-z][a-z][a-z]'`),
    oneOf("commerce_prices_billing_interval", t.billingInterval, words.BILLING_INTERVALS),
    flag("commerce_prices_active", t.active),
    oneOf("commerce_prices_tax_behavior", t.taxBehavior, words.TAX_BEHAVIORS),
  ],
);

/** A funnel's offers in the order they are shown: primary and bumps before payment, upsell and downsell after. */
export const offerStacks = declareTable(
  "offer_stacks",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    slug: pub(text("slug").notNull()),
    status: pub(text("status").notNull()),
    revision: pub(text("revision").notNull()),
    funnelId: pub(text("funnel_id").notNull()),
    /** Where a referral link must have led for its click to count on this stack. */
    funnelRoute: pub(text("funnel_route").notNull()),
    /** Minutes after payment in which an upsell or downsell can be answered; null: no window. */
    decisionWindowMinutes: pub(integer("decision_window_minutes")),
    updatedAt: internal(instant("updated_at").notNull()),
    /** The place in the catalog; stacks of one place stand by id. */
    position: internal(integer("position").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    uniqueIndex("offer_stacks_position").on(t.ownerUserId, t.position, t.id),
    check("offer_stacks_window", sql`${t.decisionWindowMinutes} > 0`),
  ],
);

/** An offer of a stack. `public_offer_id` is the id that callers know; `id` is the stack's own. */
export const stackOffers = declareTable(
  "stack_offers",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    offerStackId: pub(text("offer_stack_id").notNull()),
    publicOfferId: pub(text("public_offer_id").notNull()),
    role: pub(text("role", { enum: words.OFFER_ROLES }).notNull()),
    position: pub(integer("position").notNull()),
    productId: pub(text("product_id").notNull()),
    priceId: pub(text("price_id").notNull()),
    name: pub(text("name").notNull()),
    summary: pub(text("summary").notNull().default("")),
    status: pub(text("status").notNull()),
    /** The mode that the data asks for. The deployment's maximum bounds it. */
    stripeMode: pub(text("stripe_mode", { enum: words.STRIPE_MODES }).notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
    /** 1 once the files of the business lack it: it is neither shown nor sold, and past sales still know it. */
    withdrawn: internal(integer("withdrawn").notNull().default(0)),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({ columns: [t.ownerUserId, t.offerStackId], foreignColumns: [offerStacks.ownerUserId, offerStacks.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.priceId],
      foreignColumns: [commercePrices.ownerUserId, commercePrices.id],
    }),
    foreignKey({
      columns: [t.ownerUserId, t.productId],
      foreignColumns: [commerceProducts.ownerUserId, commerceProducts.id],
    }),
    uniqueIndex("stack_offers_public_id").on(t.ownerUserId, t.publicOfferId),
    uniqueIndex("stack_offers_position").on(t.ownerUserId, t.offerStackId, t.position, t.id),
    oneOf("stack_offers_role", t.role, words.OFFER_ROLES),
    oneOf("stack_offers_stripe_mode", t.stripeMode, words.STRIPE_MODES),
    flag("stack_offers_withdrawn", t.withdrawn),
  ],
);

/** A subscription plan of the business. A `contact` plan has no price and is sold in person. */
export const plans = declareTable(
  "plans",
  { published: false },
  {
    slug: pub(text("slug").notNull()),
    ownerUserId: priv(ownerUserId()),
    position: pub(integer("position").notNull()),
    name: pub(text("name").notNull()),
    status: pub(text("status", { enum: words.PLAN_STATUSES }).notNull()),
    billingInterval: pub(text("billing_interval", { enum: words.PLAN_INTERVALS }).notNull()),
    productId: pub(text("product_id")),
    priceId: pub(text("price_id")),
    setupPriceId: pub(text("setup_price_id")),
    /** The mode that the data asks for; null on a contact plan. The deployment's maximum bounds it. */
    stripeMode: pub(text("stripe_mode", { enum: words.STRIPE_MODES })),
    label: pub(text("label").notNull()),
    headline: pub(text("headline").notNull()),
    cta: pub(text("cta").notNull()),
    description: pub(text("description").notNull()),
    bestFor: pub(text("best_for").notNull()),
    includedJson: pub(text("included_json").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
    /** 1 once the files of the business lack it: it is neither shown nor sold, and who has it keeps it. */
    withdrawn: internal(integer("withdrawn").notNull().default(0)),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.slug] }),
    foreignKey({
      columns: [t.ownerUserId, t.priceId],
      foreignColumns: [commercePrices.ownerUserId, commercePrices.id],
    }),
    foreignKey({
      columns: [t.ownerUserId, t.setupPriceId],
      foreignColumns: [commercePrices.ownerUserId, commercePrices.id],
    }),
    uniqueIndex("plans_position").on(t.ownerUserId, t.position, t.slug),
    oneOf("plans_status", t.status, words.PLAN_STATUSES),
    oneOf("plans_billing_interval", t.billingInterval, words.PLAN_INTERVALS),
    oneOf("plans_stripe_mode", t.stripeMode, words.STRIPE_MODES),
    flag("plans_withdrawn", t.withdrawn),
    check("plans_mode_unless_contact", sql`(${t.status} = 'contact') = (${t.stripeMode} IS NULL)`),
    check("plans_priced_unless_contact", sql`(${t.status} = 'contact') = (${t.priceId} IS NULL)`),
  ],
);
