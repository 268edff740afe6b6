import { type SQL, sql } from "drizzle-orm";
import { BOUNDS } from "../base/bounds.ts";
import { DAY_MS } from "../base/time.ts";
import type { Query } from "./database.ts";
import { mailOutbox } from "./schema/index.ts";
import { BUYER_MAIL_KINDS, type MailKind } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

/** The reason of a mail. */
export interface MailReason {
  readonly mailKind: MailKind;
  /** The row that the mail is about, or an id made for each request: a kind is mailed once for a subject. */
  readonly subjectId: string;
  /** The order that the mail belongs to. */
  readonly checkoutIntentId: string | null;
  readonly now: number;
}

/** Mails that a person waits for; what else the owner is told waits for the next run. */
const AT_ONCE: ReadonlySet<MailKind> = new Set([...BUYER_MAIL_KINDS, "approval_waits"]);
const sentAtOnce = new WeakSet<Query>();

/** Whether a committed statement queued a mail that is sent right after the commit. */
export const queuesMail = (statement: Query): boolean => sentAtOnce.has(statement);

/**
 * Queues a mail in the batch of its reason; it is sent after the commit. A repeated reason is one mail. An order whose bound
 * of the day is met queues no more to its buyer, and the batch goes on.
 */
export function queueMail(store: Pick<Store, "db" | "ownerUserId" | "ids">, reason: MailReason): Query {
  const { mailKind, subjectId, checkoutIntentId, now } = reason;
  const isBounded = BUYER_MAIL_KINDS.some((kind) => kind === mailKind) && checkoutIntentId !== null;
  const mailed = sql`(SELECT count(*) FROM ${mailOutbox} WHERE ${mailOutbox.ownerUserId} = ${store.ownerUserId}
    AND ${mailOutbox.checkoutIntentId} = ${checkoutIntentId} AND ${mailOutbox.mailKind} = ${mailKind}
    AND ${mailOutbox.createdAt} > ${now - DAY_MS})`;
  const { ownerUserId } = store;
  const [subject, order] = [sql`${subjectId}`, sql`${checkoutIntentId}`];
  const row = queuedRow({ ownerUserId, mailKind, subjectId: subject, checkoutIntentId: order, now });
  const statement = store.db.build
    .insert(mailOutbox)
    .select(
      store.db.build
        .select({ ...row, id: sql`${store.ids.next("mail")}`.as("id") })
        .from(sql`(SELECT 1)`)
        .where(isBounded ? sql`${mailed} < ${BOUNDS.mailsOfAnOrderADay.most}` : sql`true`) as never,
    )
    .onConflictDoNothing();
  if (AT_ONCE.has(mailKind)) sentAtOnce.add(statement);
  return statement;
}

/** The columns of a queued mail in the table's order, for an insert that selects. */
export function queuedRow(reason: {
  readonly ownerUserId: string;
  readonly mailKind: MailKind;
  readonly subjectId: SQL;
  readonly checkoutIntentId: SQL;
  readonly now: number;
}) {
  return {
    ownerUserId: sql`${reason.ownerUserId}`.as("owner_user_id"),
    id: sql`'mail-' || lower(hex(randomblob(16)))`.as("id"),
    mailKind: sql`${reason.mailKind}`.as("mail_kind"),
    subjectId: sql`${reason.subjectId}`.as("subject_id"),
    checkoutIntentId: sql`${reason.checkoutIntentId}`.as("checkout_intent_id"),
    status: sql`'queued'`.as("status"),
    attempts: sql`0`.as("attempts"),
    nextAt: sql`${reason.now}`.as("next_at"),
    createdAt: sql`${reason.now}`.as("created_at"),
    sentAt: sql`NULL`.as("sent_at"),
  };
}
