import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { checkoutIntents, checkoutPostPurchaseDecisions } from "./checkout.ts";
import { flag, instant, oneOf, ownerUserId } from "./columns.ts";
import { declareTable, internal, priv, pub } from "./declare.ts";
import { user } from "./people.ts";
import { productEntitlements } from "./products.ts";
import * as words from "./vocabulary.ts";

const ofIntent = (t: { ownerUserId: unknown; checkoutIntentId: unknown }) =>
  foreignKey({
    // Each table below names its order by the same two columns.
    columns: [t.ownerUserId, t.checkoutIntentId] as never,
    foreignColumns: [checkoutIntents.ownerUserId, checkoutIntents.id] as never,
  });

/**
 * The payer of an order, as Stripe reported them first: one row an order. Erasing empties it and keeps it, so that a later
 * report of the same payer writes nothing.
 */
export const orderPayers = declareTable(
  "order_payers",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    checkoutIntentId: priv(text("checkout_intent_id").notNull()),
    /** Sealed. Shown to the owner alone. */
    emailSealed: priv(text("email_sealed")),
    /** A keyed hash, for the owner's search by the exact address. */
    emailHash: priv(text("email_hash")),
    createdAt: internal(instant("created_at").notNull()),
    erasedAt: internal(instant("erased_at")),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.checkoutIntentId] }),
    ofIntent(t),
    index("order_payers_email")
      .on(t.ownerUserId, t.emailHash, t.createdAt, t.checkoutIntentId)
      .where(sql`email_hash IS NOT NULL`),
    check(
      "order_payers_erased",
      sql`(${t.erasedAt} IS NULL) = (${t.emailSealed} IS NOT NULL) AND (${t.erasedAt} IS NULL) = (${t.emailHash} IS NOT NULL)`,
    ),
  ],
);

/** Links to an order that were mailed to its payer, by the SHA-256 of their tokens. Each opens the order in one browser. */
export const orderLinks = declareTable(
  "order_links",
  { published: false },
  {
    tokenSha256: priv(text("token_sha256").primaryKey()),
    ownerUserId: priv(ownerUserId()),
    checkoutIntentId: priv(text("checkout_intent_id").notNull()),
    createdAt: internal(instant("created_at").notNull()),
    expiresAt: internal(instant("expires_at").notNull()),
    usedAt: internal(instant("used_at")),
  },
  (t) => [ofIntent(t), index("order_links_intent").on(t.ownerUserId, t.checkoutIntentId, t.createdAt)],
);

/** The downloads of a file by one entitlement: how many began, and when. */
export const fileDownloads = declareTable(
  "file_downloads",
  { published: false, part: "files" },
  {
    ownerUserId: priv(ownerUserId()),
    entitlementId: priv(text("entitlement_id").notNull()),
    assetId: priv(text("asset_id").notNull()),
    checkoutIntentId: priv(text("checkout_intent_id").notNull()),
    downloads: priv(integer("downloads").notNull()),
    firstAt: internal(instant("first_at").notNull()),
    lastAt: internal(instant("last_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.entitlementId, t.assetId] }),
    ofIntent(t),
    foreignKey({
      columns: [t.ownerUserId, t.entitlementId],
      foreignColumns: [productEntitlements.ownerUserId, productEntitlements.id],
    }),
    index("file_downloads_intent").on(t.ownerUserId, t.checkoutIntentId),
    check("file_downloads_count", sql`${t.downloads} >= 1`),
  ],
);

/** Each "yes, talk to me" of a buyer, until the owner has talked to them. The answer itself is a sealed row. */
export const answerFollowUps = declareTable(
  "answer_follow_ups",
  { published: false, part: "upsells" },
  {
    ownerUserId: priv(ownerUserId()),
    decisionId: pub(text("decision_id").notNull()),
    checkoutIntentId: priv(text("checkout_intent_id").notNull()),
    status: pub(text("status", { enum: words.FOLLOW_UP_STATUSES }).notNull()),
    createdAt: internal(instant("created_at").notNull()),
    updatedAt: internal(instant("updated_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.decisionId] }),
    foreignKey({
      columns: [t.ownerUserId, t.decisionId],
      foreignColumns: [checkoutPostPurchaseDecisions.ownerUserId, checkoutPostPurchaseDecisions.id],
    }),
    index("answer_follow_ups_status").on(t.ownerUserId, t.status, t.createdAt, t.decisionId),
    oneOf("answer_follow_ups_status_word", t.status, words.FOLLOW_UP_STATUSES),
  ],
);

/**
 * Mails that are to be sent, written in the batch that makes their reason. The words are made when a mail is sent, from the
 * rows of that time, so no row here holds an address or a text.
 */
export const mailOutbox = declareTable(
  "mail_outbox",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    id: internal(text("id").notNull()),
    mailKind: internal(text("mail_kind", { enum: words.MAIL_KINDS }).notNull()),
    /** The row that the mail is about: an order, an answer, an approval, an invoice or a day. One mail of a kind for each. */
    subjectId: priv(text("subject_id").notNull()),
    /** The order that the mail belongs to; null where it belongs to none. */
    checkoutIntentId: priv(text("checkout_intent_id")),
    status: internal(text("status", { enum: words.MAIL_STATUSES }).notNull()),
    attempts: internal(integer("attempts").notNull().default(0)),
    /** When it is tried next; for a taken one, when another run may take it. */
    nextAt: internal(instant("next_at").notNull()),
    createdAt: internal(instant("created_at").notNull()),
    sentAt: internal(instant("sent_at")),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.id] }),
    uniqueIndex("mail_outbox_subject").on(t.ownerUserId, t.mailKind, t.subjectId),
    index("mail_outbox_due").on(t.ownerUserId, t.nextAt).where(sql`status = 'queued'`),
    index("mail_outbox_intent")
      .on(t.ownerUserId, t.checkoutIntentId, t.createdAt)
      .where(sql`checkout_intent_id IS NOT NULL`),
    // The set of kinds grows with each release: the type holds it.
    check("mail_outbox_kind", sql`${t.mailKind} GLOB '[a-z]*'`),
    oneOf("mail_outbox_status", t.status, words.MAIL_STATUSES),
    check("mail_outbox_sent", sql`(${t.status} = 'sent') = (${t.sentAt} IS NOT NULL)`),
  ],
);

/** Whether the owner is told of the business by mail. A business without a row is told. Nothing here is ever published. */
export const ownerMailSettings = sqliteTable(
  "owner_mail_settings",
  {
    ownerUserId: text("owner_user_id")
      .primaryKey()
      .notNull()
      .references(() => user.id),
    told: integer("told").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [flag("owner_mail_settings_told", t.told)],
);
