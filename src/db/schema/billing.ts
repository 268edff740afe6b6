import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, primaryKey, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { plans } from "./catalog.ts";
import { checkoutIntents } from "./checkout.ts";
import { flag, instant, metadataJson, oneOf, ownerUserId } from "./columns.ts";
import { declareTable, internal, priv, pub } from "./declare.ts";
import { user } from "./people.ts";
import * as words from "./vocabulary.ts";

export const stripeWebhookEvents = declareTable(
  "stripe_webhook_events",
  { published: true },
  {
    id: priv(text("id").notNull()),
    eventType: pub(text("event_type").notNull()),
    apiVersion: pub(text("api_version")),
    livemode: pub(integer("livemode").notNull().default(0)),
    status: pub(text("status", { enum: words.WEBHOOK_STATUSES }).notNull()),
    processedAt: pub(instant("processed_at").notNull()),
    payloadRedactedJson: priv(text("payload_redacted_json").notNull()),
    /** A word of `EVENT_REFUSALS` or `BLOCKED_REASONS` while blocked; class and message of the fault while failed. */
    error: priv(text("error")),
    ownerUserId: internal(ownerUserId()),
    /** The hash of the canonical JSON of type, time, mode, account and object: see `arrivalOf`. */
    payloadSha256: internal(text("payload_sha256").notNull()),
    stripeCreatedAt: internal(instant("stripe_created_at").notNull()),
    checkoutIntentId: internal(text("checkout_intent_id")),
    /** How often it was applied, failures included. */
    attempts: internal(integer("attempts").notNull().default(1)),
    /** The public name of the event: Stripe's id never leaves the server. */
    reference: internal(text("reference").notNull()),
    cameBy: internal(text("came_by", { enum: words.EVENT_SOURCES }).notNull().default("webhook")),
    receivedAt: internal(instant("received_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
    /** When Stripe first delivered it; null while it is known from the event list alone. */
    deliveredAt: internal(instant("delivered_at")),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    index("stripe_webhook_events_delivered").on(t.ownerUserId, t.deliveredAt).where(sql`delivered_at IS NOT NULL`),
    index("stripe_webhook_events_type").on(t.ownerUserId, t.eventType, t.deliveredAt),
    index("stripe_webhook_events_missed").on(t.ownerUserId, t.receivedAt).where(sql`delivered_at IS NULL`),
    index("stripe_webhook_events_status").on(t.ownerUserId, t.status, t.receivedAt),
    index("stripe_webhook_events_intent")
      .on(t.ownerUserId, t.checkoutIntentId, t.receivedAt)
      .where(sql`checkout_intent_id IS NOT NULL`),
    uniqueIndex("stripe_webhook_events_reference").on(t.ownerUserId, t.reference),
    oneOf("stripe_webhook_events_came_by", t.cameBy, words.EVENT_SOURCES),
    oneOf("stripe_webhook_events_status_word", t.status, words.WEBHOOK_STATUSES),
    flag("stripe_webhook_events_livemode", t.livemode),
  ],
);

/** An event that came again, in the same API version, with other content: one row an event, for the first time. */
export const stripeEventContradictions = declareTable(
  "stripe_event_contradictions",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    stripeEventId: priv(text("stripe_event_id").notNull()),
    /** The hash of the other content. */
    payloadSha256: internal(text("payload_sha256").notNull()),
    cameAt: internal(instant("came_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.stripeEventId] }),
    index("stripe_event_contradictions_came").on(t.ownerUserId, t.cameAt),
  ],
);

export const billingSubscriptions = declareTable(
  "billing_subscriptions",
  { published: true, part: "plans" },
  {
    id: pub(text("id").notNull()),
    productId: pub(text("product_id")),
    priceId: pub(text("price_id")),
    status: pub(text("status", { enum: words.SUBSCRIPTION_STATUSES }).notNull().default("incomplete")),
    currentPeriodStart: pub(instant("current_period_start")),
    currentPeriodEnd: pub(instant("current_period_end")),
    cancelAtPeriodEnd: pub(integer("cancel_at_period_end").notNull().default(0)),
    ownerUserId: priv(ownerUserId()),
    buyerUserId: priv(text("buyer_user_id")),
    buyerEmail: priv(text("buyer_email")),
    stripeCustomerId: priv(text("stripe_customer_id")),
    stripeSubscriptionId: priv(text("stripe_subscription_id").notNull()),
    stripePriceId: priv(text("stripe_price_id")),
    metadataJson: priv(metadataJson()),
    /** The checkout in its metadata. Once the checkout's session proves it, the row has a plan and a buyer. */
    checkoutIntentId: internal(text("checkout_intent_id")),
    planSlug: internal(text("plan_slug")),
    stripeMode: internal(text("stripe_mode", { enum: words.STRIPE_MODES }).notNull()),
    /** Where the row's state comes from: the latest event by Stripe's time, then by rank of its type, then by id. */
    stateEventAt: internal(instant("state_event_at").notNull()),
    stateEventRank: internal(integer("state_event_rank").notNull()),
    stateEventId: internal(text("state_event_id").notNull()),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
    collectionPaused: internal(integer("collection_paused").notNull().default(0)),
    /** When it ended at Stripe; null while it runs. */
    endedAt: internal(instant("ended_at")),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    uniqueIndex("billing_subscriptions_stripe").on(t.stripeSubscriptionId),
    index("billing_subscriptions_buyer").on(t.ownerUserId, t.buyerUserId, t.status),
    index("billing_subscriptions_due").on(t.ownerUserId, t.status, t.currentPeriodEnd),
    index("billing_subscriptions_intent").on(t.ownerUserId, t.checkoutIntentId),
    oneOf("billing_subscriptions_stripe_mode", t.stripeMode, words.STRIPE_MODES),
    oneOf("billing_subscriptions_status", t.status, words.SUBSCRIPTION_STATUSES),
    flag("billing_subscriptions_cancel_at_period_end", t.cancelAtPeriodEnd),
    flag("billing_subscriptions_collection_paused", t.collectionPaused),
  ],
);

/** A paid invoice for a period of a plan. Its payment is found by a payment fact of kind `invoice_payment`. */
export const billingInvoices = declareTable(
  "billing_invoices",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    stripeInvoiceId: priv(text("stripe_invoice_id").notNull()),
    /** The subscription decides which checkout the invoice belongs to, not the metadata of the invoice. */
    stripeSubscriptionId: priv(text("stripe_subscription_id").notNull()),
    checkoutIntentId: priv(text("checkout_intent_id").notNull()),
    periodStart: priv(instant("period_start").notNull()),
    periodEnd: priv(instant("period_end").notNull()),
    /** The amount that was paid, with its tax and without credit of the buyer. */
    amountCents: priv(integer("amount_cents").notNull()),
    currency: priv(text("currency").notNull()),
    taxCents: priv(integer("tax_cents").notNull().default(0)),
    /** When it was paid; null where Stripe leaves that out. */
    paidAt: priv(instant("paid_at")),
    /** 1: it paid for a time in which the plan gives nothing. A function of stored rows; see `markUnserved`. */
    unserved: internal(integer("unserved").notNull().default(0)),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.stripeInvoiceId] }),
    foreignKey({
      columns: [t.ownerUserId, t.checkoutIntentId],
      foreignColumns: [checkoutIntents.ownerUserId, checkoutIntents.id],
    }),
    index("billing_invoices_subscription").on(t.ownerUserId, t.stripeSubscriptionId, t.periodStart),
    index("billing_invoices_intent").on(t.ownerUserId, t.checkoutIntentId),
    index("billing_invoices_unserved").on(t.ownerUserId, t.periodStart).where(sql`unserved = 1`),
    flag("billing_invoices_unserved_flag", t.unserved),
    check("billing_invoices_amount", sql`${t.amountCents} >= 0`),
  ],
);

/** The question to Stripe what a payment paid for: money of it went back, and it was unknown here. One row a payment. */
export const paymentTraces = declareTable(
  "payment_traces",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    stripePaymentIntentId: priv(text("stripe_payment_intent_id").notNull()),
    stripeMode: priv(text("stripe_mode", { enum: words.STRIPE_MODES }).notNull()),
    /** Null while the trace is due. */
    outcome: priv(text("outcome", { enum: words.TRACE_OUTCOMES })),
    /** When the scheduled run asks next; null once the trace has ended. */
    dueAt: internal(instant("due_at")),
    /** How often the scheduled run asked in vain. */
    attempts: internal(integer("attempts").notNull().default(0)),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.stripePaymentIntentId] }),
    index("payment_traces_due").on(t.ownerUserId, t.dueAt).where(sql`due_at IS NOT NULL`),
    oneOf("payment_traces_stripe_mode", t.stripeMode, words.STRIPE_MODES),
    oneOf("payment_traces_outcome", t.outcome, words.TRACE_OUTCOMES),
  ],
);

/** A plan that a person bought, and whether they have it now. Its status follows the payment and the subscription. */
export const publisherPlanEntitlements = declareTable(
  "publisher_plan_entitlements",
  { published: false },
  {
    id: pub(text("id").notNull()),
    /** The business that sold the plan; the person who bought it is `buyer_user_id`. */
    ownerUserId: priv(ownerUserId()),
    buyerUserId: priv(
      text("buyer_user_id")
        .notNull()
        .references(() => user.id),
    ),
    buyerEmailHash: priv(text("buyer_email_hash")),
    status: pub(text("status", { enum: words.PLAN_ENTITLEMENT_STATUSES }).notNull()),
    source: pub(text("source", { enum: words.PLAN_ENTITLEMENT_SOURCES }).notNull()),
    planSlug: pub(text("plan_slug").notNull()),
    stripeMode: pub(text("stripe_mode", { enum: words.STRIPE_MODES }).notNull()),
    checkoutIntentId: priv(text("checkout_intent_id").notNull()),
    startsAt: pub(instant("starts_at").notNull()),
    endsAt: pub(instant("ends_at")),
    /** Until when a past due plan is kept; null unless it is active by that alone. */
    keptUntil: internal(instant("kept_until")),
    metadataJson: priv(metadataJson()),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    foreignKey({ columns: [t.ownerUserId, t.planSlug], foreignColumns: [plans.ownerUserId, plans.slug] }),
    uniqueIndex("publisher_plan_entitlements_intent").on(t.ownerUserId, t.checkoutIntentId),
    index("publisher_plan_entitlements_kept").on(t.ownerUserId, t.keptUntil).where(sql`kept_until IS NOT NULL`),
    index("publisher_plan_entitlements_buyer").on(t.ownerUserId, t.buyerUserId, t.status),
    index("publisher_plan_entitlements_email")
      .on(t.ownerUserId, t.buyerEmailHash)
      .where(sql`buyer_email_hash IS NOT NULL`),
    oneOf("publisher_plan_entitlements_status", t.status, words.PLAN_ENTITLEMENT_STATUSES),
    oneOf("publisher_plan_entitlements_source", t.source, words.PLAN_ENTITLEMENT_SOURCES),
    oneOf("publisher_plan_entitlements_stripe_mode", t.stripeMode, words.STRIPE_MODES),
  ],
);

/** How far the scheduled run has read Stripe's event list, one row a mode. */
export const healCursors = declareTable(
  "heal_cursors",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    stripeMode: priv(text("stripe_mode", { enum: words.STRIPE_MODES }).notNull()),
    /** Every event that Stripe created before this instant has been read. */
    readUpTo: priv(instant("read_up_to").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.stripeMode] }),
    oneOf("heal_cursors_stripe_mode", t.stripeMode, words.STRIPE_MODES),
  ],
);

/** What each scheduled run did, in counts. */
export const scheduledRuns = declareTable(
  "scheduled_runs",
  { published: false },
  {
    id: pub(text("id").notNull()),
    ownerUserId: priv(ownerUserId()),
    startedAt: pub(instant("started_at").notNull()),
    finishedAt: pub(instant("finished_at").notNull()),
    reportJson: pub(text("report_json").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    index("scheduled_runs_finished").on(t.ownerUserId, t.finishedAt),
  ],
);
