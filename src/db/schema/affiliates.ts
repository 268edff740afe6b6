import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, primaryKey, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { commercePrices } from "./catalog.ts";
import { instant, metadataJson, oneOf, ownerUserId } from "./columns.ts";
import { declareTable, internal, priv, pub } from "./declare.ts";
import * as words from "./vocabulary.ts";

export const affiliatePrograms = declareTable(
  "affiliate_programs",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    slug: pub(text("slug").notNull()),
    status: pub(text("status", { enum: words.PROGRAM_STATUSES }).notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    oneOf("affiliate_programs_status", t.status, words.PROGRAM_STATUSES),
  ],
);

export const affiliatePartners = declareTable(
  "affiliate_partners",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    programId: pub(text("program_id").notNull()),
    status: pub(text("status", { enum: words.PARTNER_STATUSES }).notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.programId],
      foreignColumns: [affiliatePrograms.ownerUserId, affiliatePrograms.id],
    }),
    oneOf("affiliate_partners_status", t.status, words.PARTNER_STATUSES),
  ],
);

/** How a click may become an attribution: for how many days, and in which order rules are tried. */
export const attributionRules = declareTable(
  "attribution_rules",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    programId: pub(text("program_id").notNull()),
    ruleKind: pub(text("rule_kind", { enum: words.ATTRIBUTION_RULE_KINDS }).notNull()),
    windowDays: pub(integer("window_days").notNull()),
    priority: pub(integer("priority").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.programId],
      foreignColumns: [affiliatePrograms.ownerUserId, affiliatePrograms.id],
    }),
    oneOf("attribution_rules_kind", t.ruleKind, words.ATTRIBUTION_RULE_KINDS),
    check("attribution_rules_window", sql`${t.windowDays} >= 0`),
  ],
);

export const referralLinks = declareTable(
  "referral_links",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    partnerId: pub(text("partner_id").notNull()),
    code: pub(text("code").notNull()),
    status: pub(text("status", { enum: words.REFERRAL_LINK_STATUSES }).notNull()),
    destinationRoute: pub(text("destination_route").notNull()),
    attributionRuleId: pub(text("attribution_rule_id").notNull()),
    /** JSON array of stack offer ids that the link may sell. */
    offerIdsJson: pub(text("offer_ids_json").notNull()),
    utmSource: pub(text("utm_source").notNull()),
    /** 1 where clicks of this link may be attached to sandbox checkouts, in every public status. */
    sandboxAttribution: pub(integer("sandbox_attribution").notNull().default(0)),
    /** The same for live checkouts. */
    liveAttribution: pub(integer("live_attribution").notNull().default(0)),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.partnerId],
      foreignColumns: [affiliatePartners.ownerUserId, affiliatePartners.id],
    }),
    foreignKey({
      columns: [t.ownerUserId, t.attributionRuleId],
      foreignColumns: [attributionRules.ownerUserId, attributionRules.id],
    }),
    uniqueIndex("referral_links_code").on(t.ownerUserId, t.code),
    oneOf("referral_links_status", t.status, words.REFERRAL_LINK_STATUSES),
    check("referral_links_sandbox_attribution", sql`${t.sandboxAttribution} IN (0, 1)`),
    check("referral_links_live_attribution", sql`${t.liveAttribution} IN (0, 1)`),
  ],
);

/** What a paid line is worth to a partner, keyed by price: an integer rate in basis points. */
export const commissionRules = declareTable(
  "commission_rules",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    programId: pub(text("program_id").notNull()),
    ruleKind: pub(text("rule_kind", { enum: words.COMMISSION_RULE_KINDS }).notNull()),
    priceId: pub(text("price_id")),
    rateBps: pub(integer("rate_bps").notNull()),
    holdDays: pub(integer("hold_days").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.programId],
      foreignColumns: [affiliatePrograms.ownerUserId, affiliatePrograms.id],
    }),
    foreignKey({
      columns: [t.ownerUserId, t.priceId],
      foreignColumns: [commercePrices.ownerUserId, commercePrices.id],
    }),
    uniqueIndex("commission_rules_price").on(t.ownerUserId, t.priceId),
    oneOf("commission_rules_kind", t.ruleKind, words.COMMISSION_RULE_KINDS),
    check("commission_rules_rate", sql`${t.rateBps} BETWEEN 0 AND 10000`),
    check("commission_rules_hold", sql`${t.holdDays} >= 0`),
  ],
);

/** A visit through a referral link. The visitor is kept only as keyed hashes; no row is ever published. */
export const affiliateReferralClicks = declareTable(
  "affiliate_referral_clicks",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    referralLinkId: pub(text("referral_link_id").notNull()),
    referralCode: pub(text("referral_code").notNull()),
    partnerId: pub(text("partner_id").notNull()),
    destinationRoute: pub(text("destination_route").notNull()),
    idempotencyKey: priv(text("idempotency_key").notNull()),
    utmSource: priv(text("utm_source")),
    visitorKeyHash: priv(text("visitor_key_hash")),
    ipHash: priv(text("ip_hash")),
    userAgentHash: priv(text("user_agent_hash")),
    referrerHash: priv(text("referrer_hash")),
    /** Fingerprint of the request under its key, so that a key cannot be reused for another click. */
    requestHash: priv(text("request_hash").notNull()),
    /** Whose key it is: a keyed hash of the visitor's own key, else of network and browser. */
    visitorHash: priv(text("visitor_hash").notNull()),
    metadataJson: priv(metadataJson()),
    clickedAt: internal(instant("clicked_at").notNull()),
    createdAt: internal(instant("created_at").notNull()),
    /** When the click can no longer be attributed and its row is removed; null once an attribution names it. */
    removableAt: internal(instant("removable_at")),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.referralLinkId],
      foreignColumns: [referralLinks.ownerUserId, referralLinks.id],
    }),
    uniqueIndex("affiliate_referral_clicks_key").on(t.ownerUserId, t.visitorHash, t.idempotencyKey),
    index("affiliate_referral_clicks_removable").on(t.ownerUserId, t.removableAt).where(sql`removable_at IS NOT NULL`),
  ],
);

/** Kept by a trigger on every click. */
export const referralClickTotals = declareTable(
  "referral_click_totals",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    referralLinkId: pub(text("referral_link_id").notNull()),
    referralCode: pub(text("referral_code").notNull()),
    partnerId: pub(text("partner_id").notNull()),
    destinationRoute: pub(text("destination_route").notNull()),
    totalClicks: pub(integer("total_clicks").notNull()),
    lastClickAt: pub(instant("last_click_at").notNull()),
  },
  (t) => [primaryKey({ columns: [t.ownerUserId, t.referralLinkId, t.referralCode, t.partnerId, t.destinationRoute] })],
);
