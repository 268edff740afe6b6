import { sql } from "drizzle-orm";
import { BOUNDS } from "../base/bounds.ts";
import type { Query } from "./database.ts";
import { mailOutbox } from "./schema/index.ts";
import type { MAIL_KINDS } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

export type MailKind = (typeof MAIL_KINDS)[number];

const DAY_MS = 24 * 3_600_000;

/** The reason of a mail. */
export interface MailReason {
  readonly mailKind: MailKind;
  /** The row that the mail is about, or an id made for each request: a kind is mailed once for a subject. */
  readonly subjectId: string;
  /** The order that the mail belongs to. */
  readonly checkoutIntentId: string | null;
  readonly now: number;
}

/**
 * Queues a mail in the batch of its reason; it is sent after the commit. A repeated reason is one mail. An order whose bound
 * of the day is met queues no more, and the batch goes on.
 */
export function queueMail(store: Pick<Store, "db" | "ownerUserId" | "ids">, reason: MailReason): Query {
  const { mailKind, subjectId, checkoutIntentId, now } = reason;
  const { most } = BOUNDS.mailsOfAnOrderADay;
  const isWithin = sql`${checkoutIntentId} IS NULL OR (SELECT count(*) FROM ${mailOutbox}
    WHERE ${mailOutbox.ownerUserId} = ${store.ownerUserId} AND ${mailOutbox.checkoutIntentId} = ${checkoutIntentId}
    AND ${mailOutbox.createdAt} > ${now - DAY_MS}) < ${most}`;
  const row = {
    ownerUserId: sql`${store.ownerUserId}`.as("owner_user_id"),
    id: sql`${store.ids.next("mail")}`.as("id"),
    mailKind: sql`${mailKind}`.as("mail_kind"),
    subjectId: sql`${subjectId}`.as("subject_id"),
    checkoutIntentId: sql`${checkoutIntentId}`.as("checkout_intent_id"),
    status: sql`'queued'`.as("status"),
    attempts: sql`0`.as("attempts"),
    nextAt: sql`${now}`.as("next_at"),
    createdAt: sql`${now}`.as("created_at"),
    sentAt: sql`NULL`.as("sent_at"),
  };
  return store.db.build
    .insert(mailOutbox)
    .select(store.db.build.select(row).from(sql`(SELECT 1)`).where(isWithin) as never)
    .onConflictDoNothing();
}
