import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, primaryKey, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { commercePrices, commerceProducts } from "./catalog.ts";
import { flag, instant, metadataJson, oneOf, ownerUserId } from "./columns.ts";
import { declareTable, internal, label, priv, pub } from "./declare.ts";
import { user } from "./people.ts";
import * as words from "./vocabulary.ts";

export const checkoutIntents = declareTable(
  "checkout_intents",
  { published: true },
  {
    id: pub(text("id").notNull()),
    checkoutKind: pub(text("checkout_kind", { enum: words.CHECKOUT_KINDS }).notNull()),
    status: pub(text("status", { enum: words.CHECKOUT_STATUSES }).notNull()),
    productId: pub(text("product_id").notNull()),
    priceId: pub(text("price_id").notNull()),
    amountCents: pub(integer("amount_cents").notNull()),
    currency: pub(text("currency").notNull()),
    stripeMode: pub(text("stripe_mode", { enum: words.STRIPE_MODES }).notNull()),
    idempotencyKey: priv(text("idempotency_key").notNull()),
    ownerUserId: priv(ownerUserId()),
    buyerUserId: priv(text("buyer_user_id").references(() => user.id)),
    buyerEmail: priv(text("buyer_email")),
    stripeCheckoutSessionId: priv(text("stripe_checkout_session_id")),
    stripePaymentIntentId: priv(text("stripe_payment_intent_id")),
    stripeSubscriptionId: priv(text("stripe_subscription_id")),
    /** Sealed: it holds the return link, which is the buyer's identity. */
    successUrl: priv(text("success_url").notNull()),
    /** Sealed, like `success_url`. */
    cancelUrl: priv(text("cancel_url").notNull()),
    auditCorrelationId: priv(text("audit_correlation_id").notNull()),
    agentClientId: priv(text("agent_client_id")),
    metadataJson: priv(metadataJson()),
    /** The person for whom the checkout was started. */
    actorId: internal(
      text("actor_id")
        .notNull()
        .references(() => user.id),
    ),
    operationId: internal(text("operation_id").notNull()),
    offerId: internal(text("offer_id")),
    offerStackId: internal(text("offer_stack_id")),
    planSlug: internal(text("plan_slug")),
    confirmationRequired: internal(integer("confirmation_required").notNull().default(1)),
    confirmedAt: internal(instant("confirmed_at").notNull()),
    /** The request to Stripe without its two URLs, as the first attempt sent it: see `closeRequest`. */
    frozenRequestJson: internal(text("frozen_request_json").notNull()),
    frozenApiVersion: internal(text("frozen_api_version").notNull()),
    /** Numbers the Stripe idempotency keys of this checkout; each is derived from actor, key and attempt. */
    attempt: internal(integer("attempt").notNull().default(1)),
    /** Sealed: the link for the agent. A later call than the one that claimed the checkout may have to answer it. */
    redirectUrl: internal(text("redirect_url").notNull()),
    /** Sealed: Stripe's page holds the session id in its address. Null unless the checkout is open. */
    stripeCheckoutUrl: internal(text("stripe_checkout_url")),
    /** Why the checkout is `blocked`; null in every other status. */
    blockedReason: internal(text("blocked_reason", { enum: words.BLOCKED_REASONS })),
    expiresAt: internal(instant("expires_at").notNull()),
    paidAt: internal(instant("paid_at")),
    /** The invoice for a plan's first period; the payment is found by it. */
    stripeInvoiceId: internal(text("stripe_invoice_id")),
    /** Counts the reports of Stripe's that changed the purchase; see `takePurchase`. */
    purchaseVersion: internal(integer("purchase_version").notNull().default(0)),
    /** When the checkout is checked at Stripe next; null where Stripe can change nothing more. */
    checkAt: internal(instant("check_at")),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
    /** The paid amount with its tax, as the session reports it; null while unpaid. An `amount_mismatch` makes it differ. */
    paidCents: internal(integer("paid_cents")),
    /** Stripe's sessions up to this instant were searched for this checkout's own; null where no search was needed. */
    sessionSearchedTo: internal(instant("session_searched_to")),
    /** The times of the calls to Stripe that may have made a session, as `[from, to]` in epoch milliseconds. */
    sessionTriesJson: internal(text("session_tries_json").notNull().default("[]")),
    /** How the confirmed amount stands to tax; null where it was confirmed without tax. */
    taxBehavior: internal(text("tax_behavior", { enum: words.TAX_BEHAVIORS })),
    /** The tax of the first payment; null until its session is complete, and without tax. */
    taxCents: internal(integer("tax_cents")),
    /** The grant under which an app started it; null for a person's own start, and before limits. */
    grantId: internal(text("grant_id")),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({
      columns: [t.ownerUserId, t.productId],
      foreignColumns: [commerceProducts.ownerUserId, commerceProducts.id],
    }),
    foreignKey({
      columns: [t.ownerUserId, t.priceId],
      foreignColumns: [commercePrices.ownerUserId, commercePrices.id],
    }),
    uniqueIndex("checkout_intents_key").on(t.ownerUserId, t.actorId, t.idempotencyKey),
    uniqueIndex("checkout_intents_session").on(t.stripeCheckoutSessionId),
    index("checkout_intents_check")
      .on(t.ownerUserId, t.stripeMode, t.status, t.checkAt)
      .where(sql`check_at IS NOT NULL`),
    index("checkout_intents_ended")
      .on(t.ownerUserId, t.createdAt)
      .where(
        sql`status IN ('expired', 'canceled', 'failed') AND paid_at IS NULL AND check_at IS NULL AND frozen_request_json <> '{}'`,
      ),
    // Partial, since most checkouts have none of these ids: SQLite's planner passes over an index of mostly one value.
    index("checkout_intents_payment")
      .on(t.ownerUserId, t.stripePaymentIntentId)
      .where(sql`stripe_payment_intent_id IS NOT NULL`),
    index("checkout_intents_subscription")
      .on(t.ownerUserId, t.stripeSubscriptionId)
      .where(sql`stripe_subscription_id IS NOT NULL`),
    index("checkout_intents_invoice").on(t.ownerUserId, t.stripeInvoiceId).where(sql`stripe_invoice_id IS NOT NULL`),
    uniqueIndex("checkout_intents_operation").on(t.ownerUserId, t.operationId),
    index("checkout_intents_actor").on(t.ownerUserId, t.actorId, t.createdAt, t.id),
    index("checkout_intents_payable")
      .on(t.ownerUserId, t.actorId, t.createdAt)
      .where(sql`status IN ('created', 'open', 'completed', 'blocked')`),
    index("checkout_intents_paid").on(t.ownerUserId, t.actorId, t.paidAt).where(sql`paid_at IS NOT NULL`),
    index("checkout_intents_plans")
      .on(t.ownerUserId, t.buyerUserId, t.createdAt, t.id)
      .where(sql`plan_slug IS NOT NULL`),
    index("checkout_intents_created").on(t.ownerUserId, t.createdAt, t.id),
    index("checkout_intents_status").on(t.ownerUserId, t.status, t.createdAt, t.id),
    index("checkout_intents_mode").on(t.ownerUserId, t.stripeMode, t.createdAt, t.id),
    index("checkout_intents_offer").on(t.ownerUserId, t.offerId, t.createdAt, t.id).where(sql`offer_id IS NOT NULL`),
    index("checkout_intents_plan").on(t.ownerUserId, t.planSlug, t.createdAt, t.id).where(sql`plan_slug IS NOT NULL`),
    index("checkout_intents_client")
      .on(t.ownerUserId, t.agentClientId, t.createdAt, t.id)
      .where(sql`agent_client_id IS NOT NULL`),
    // Those that count against the limit of a day: one that ended unpaid gives its place back.
    index("checkout_intents_grant")
      .on(t.ownerUserId, t.grantId, t.createdAt)
      .where(sql`grant_id IS NOT NULL AND status NOT IN ('failed', 'expired', 'canceled')`),
    index("checkout_intents_amount").on(t.ownerUserId, t.currency, t.amountCents, t.createdAt, t.id),
    index("checkout_intents_paid_amount")
      .on(t.ownerUserId, t.currency, t.paidCents, t.createdAt, t.id)
      .where(sql`paid_cents <> amount_cents`),
    // The order number is made of the id's last digits; see `orderNumberOf`.
    index("checkout_intents_number").on(t.ownerUserId, sql`substr(${t.id}, -10)`),
    oneOf("checkout_intents_checkout_kind", t.checkoutKind, words.CHECKOUT_KINDS),
    oneOf("checkout_intents_status_word", t.status, words.CHECKOUT_STATUSES),
    oneOf("checkout_intents_stripe_mode", t.stripeMode, words.STRIPE_MODES),
    oneOf("checkout_intents_blocked_reason", t.blockedReason, words.BLOCKED_REASONS),
    // The kind of an offer's checkout implies its Stripe mode.
    check(
      "checkout_intents_offer_sandbox",
      sql`${t.checkoutKind} <> 'sandbox_checkout' OR ${t.stripeMode} = 'sandbox'`,
    ),
    check("checkout_intents_offer_live", sql`${t.checkoutKind} <> 'live_checkout' OR ${t.stripeMode} = 'live'`),
    check("checkout_intents_amount", sql`${t.amountCents} > 0`),
    flag("checkout_intents_confirmation_required", t.confirmationRequired),
    check("checkout_intents_attempt", sql`${t.attempt} >= 1`),
    oneOf("checkout_intents_tax_behavior", t.taxBehavior, words.TAX_BEHAVIORS),
  ],
);

const ofIntent = (t: { ownerUserId: unknown; checkoutIntentId: unknown }) =>
  foreignKey({
    // Every table below names its intent by the same two columns.
    columns: [t.ownerUserId, t.checkoutIntentId] as never,
    foreignColumns: [checkoutIntents.ownerUserId, checkoutIntents.id] as never,
  });

/** What a checkout sells, as priced when it was started. */
export const checkoutIntentLines = declareTable(
  "checkout_intent_lines",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    checkoutIntentId: pub(text("checkout_intent_id").notNull()),
    position: pub(integer("position").notNull()),
    role: pub(text("role", { enum: words.LINE_ROLES }).notNull()),
    offerId: pub(text("offer_id")),
    productId: pub(text("product_id").notNull()),
    priceId: pub(text("price_id").notNull()),
    name: pub(text("name").notNull()),
    unitAmountCents: pub(integer("unit_amount_cents").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.checkoutIntentId, t.position] }),
    ofIntent(t),
    oneOf("checkout_intent_lines_role", t.role, words.LINE_ROLES),
    check("checkout_intent_lines_amount", sql`${t.unitAmountCents} >= 0`),
  ],
);

/** The three links of a checkout, by the SHA-256 of their tokens; the tokens themselves are in no column. */
export const checkoutLinks = declareTable(
  "checkout_links",
  { published: false },
  {
    tokenSha256: priv(text("token_sha256").primaryKey()),
    ownerUserId: priv(ownerUserId()),
    checkoutIntentId: priv(text("checkout_intent_id").notNull()),
    kind: priv(text("kind", { enum: words.LINK_KINDS }).notNull()),
  },
  (t) => [
    ofIntent(t),
    uniqueIndex("checkout_links_kind").on(t.ownerUserId, t.checkoutIntentId, t.kind),
    oneOf("checkout_links_kind_word", t.kind, words.LINK_KINDS),
  ],
);

/** The facts that Stripe reported about a checkout, and `expired_by_actor`. A repeated fact adds no row. */
export const checkoutFacts = declareTable(
  "checkout_facts",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    checkoutIntentId: priv(text("checkout_intent_id").notNull()),
    fact: priv(text("fact", { enum: words.CHECKOUT_FACTS }).notNull()),
    stripeEventId: priv(text("stripe_event_id")),
    occurredAt: priv(instant("occurred_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.checkoutIntentId, t.fact] }),
    ofIntent(t),
    oneOf("checkout_facts_fact", t.fact, words.CHECKOUT_FACTS),
  ],
);

/**
 * The state of each refund, charge, dispute and invoice payment of a payment. The key is the payment and not the
 * checkout, since a refund may be reported before its checkout is known to be paid.
 */
export const paymentFacts = declareTable(
  "payment_facts",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    stripePaymentIntentId: priv(text("stripe_payment_intent_id").notNull()),
    kind: priv(text("kind", { enum: words.PAYMENT_FACT_KINDS }).notNull()),
    stripeObjectId: priv(text("stripe_object_id").notNull()),
    /** Stripe's word for the object's state. */
    state: priv(text("state").notNull()),
    /** The rank of the state. It only rises, so the order of events cannot matter. */
    rank: priv(integer("rank").notNull()),
    amountCents: priv(integer("amount_cents").notNull()),
    stripeEventId: priv(text("stripe_event_id").notNull()),
    occurredAt: priv(instant("occurred_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.stripePaymentIntentId, t.kind, t.stripeObjectId] }),
    index("payment_facts_object").on(t.ownerUserId, t.kind, t.stripeObjectId),
    oneOf("payment_facts_kind", t.kind, words.PAYMENT_FACT_KINDS),
    check("payment_facts_amount", sql`${t.amountCents} >= 0`),
  ],
);

export const checkoutReferralAttributions = declareTable(
  "checkout_referral_attributions",
  { published: true, part: "affiliates" },
  {
    id: pub(text("id").notNull()),
    checkoutIntentId: pub(text("checkout_intent_id").notNull()),
    referralClickId: pub(text("referral_click_id").notNull()),
    referralLinkId: pub(text("referral_link_id").notNull()),
    referralCode: pub(text("referral_code").notNull()),
    partnerId: pub(text("partner_id").notNull()),
    destinationRoute: pub(text("destination_route").notNull()),
    attributionStatus: pub(
      text("attribution_status", { enum: words.ATTRIBUTION_STATUSES }).notNull().default("checkout_intent_attached"),
    ),
    checkoutProductId: priv(text("checkout_product_id")),
    checkoutPriceId: priv(text("checkout_price_id")),
    auditCorrelationId: priv(text("audit_correlation_id").notNull()),
    metadataJson: priv(metadataJson()),
    rawClicks: label("raw click rows"),
    buyers: label("buyer identifiers"),
    stripeIds: label("raw Stripe identifiers"),
    payouts: label("payout or tax data"),
    ownerUserId: internal(ownerUserId()),
    createdAt: internal(instant("created_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    ofIntent(t),
    uniqueIndex("checkout_referral_attributions_intent").on(t.ownerUserId, t.checkoutIntentId),
    index("checkout_referral_attributions_click").on(t.ownerUserId, t.referralClickId),
    oneOf("checkout_referral_attributions_status", t.attributionStatus, words.ATTRIBUTION_STATUSES),
  ],
);

export const checkoutPostPurchaseDecisions = declareTable(
  "checkout_post_purchase_decisions",
  { published: true, part: "upsells" },
  {
    id: pub(text("id").notNull()),
    checkoutIntentId: pub(text("checkout_intent_id").notNull()),
    offerStackId: pub(text("offer_stack_id").notNull()),
    presentedOfferId: pub(text("presented_offer_id").notNull()),
    decisionKind: pub(text("decision_kind", { enum: words.DECISION_KINDS }).notNull()),
    checkoutStatus: pub(text("checkout_status", { enum: words.CHECKOUT_STATUSES }).notNull()),
    checkoutUpdatedAt: pub(instant("checkout_updated_at").notNull()),
    actorKind: pub(text("actor_kind", { enum: words.ACTOR_KINDS }).notNull()),
    createdAt: pub(instant("created_at").notNull()),
    /** Null: the row is under the seal, and a caller's key may name a person. Its operation has it. */
    idempotencyKey: priv(text("idempotency_key")),
    auditCorrelationId: priv(text("audit_correlation_id").notNull()),
    metadataJson: priv(metadataJson()),
    buyers: label("buyer identifiers"),
    stripeIds: label("raw Stripe identifiers"),
    paymentMethod: label("payment method data"),
    checkoutMetadata: label("private checkout metadata"),
    ownerUserId: internal(ownerUserId()),
    operationId: internal(text("operation_id").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    ofIntent(t),
    // One answer per presented offer.
    uniqueIndex("checkout_post_purchase_decisions_offer").on(t.ownerUserId, t.checkoutIntentId, t.presentedOfferId),
    oneOf("checkout_post_purchase_decisions_kind", t.decisionKind, words.DECISION_KINDS),
    oneOf("checkout_post_purchase_decisions_checkout_status", t.checkoutStatus, words.CHECKOUT_STATUSES),
    oneOf("checkout_post_purchase_decisions_actor_kind", t.actorKind, words.ACTOR_KINDS),
    check("checkout_post_purchase_decisions_sealed", sql`${t.idempotencyKey} IS NULL AND ${t.metadataJson} = '{}'`),
  ],
);

/** Kept by a trigger on every decision, so that publishing the counts scans nothing. */
export const postPurchaseDecisionTotals = declareTable(
  "post_purchase_decision_totals",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    offerStackId: pub(text("offer_stack_id").notNull()),
    presentedOfferId: pub(text("presented_offer_id").notNull()),
    decisionKind: pub(text("decision_kind").notNull()),
    totalDecisions: pub(integer("total_decisions").notNull()),
    lastCreatedAt: pub(instant("last_created_at").notNull()),
  },
  (t) => [primaryKey({ columns: [t.ownerUserId, t.offerStackId, t.presentedOfferId, t.decisionKind] })],
);

/** Kept by a trigger on every attribution. */
export const referralAttributionTotals = declareTable(
  "referral_attribution_totals",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    referralLinkId: pub(text("referral_link_id").notNull()),
    referralCode: pub(text("referral_code").notNull()),
    partnerId: pub(text("partner_id").notNull()),
    destinationRoute: pub(text("destination_route").notNull()),
    attributionStatus: pub(text("attribution_status").notNull()),
    totalCheckouts: pub(integer("total_checkouts").notNull()),
    lastAttachedAt: pub(instant("last_attached_at").notNull()),
  },
  (t) => [
    primaryKey({
      columns: [t.ownerUserId, t.referralLinkId, t.referralCode, t.partnerId, t.destinationRoute, t.attributionStatus],
    }),
  ],
);
