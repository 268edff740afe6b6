import { and, eq, type InferSelectModel, inArray, lt, lte, type SQL, sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import { idsAmong } from "./ids-among.ts";
import { approvals, mailOutbox, ownerMailSettings } from "./schema/index.ts";
import { OWNER_MAIL_KINDS } from "./schema/vocabulary.ts";
import type { OwnedDatabase, Store } from "./store.ts";

/** A mail of the outbox. */
export type MailRow = InferSelectModel<typeof mailOutbox>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How long a mail waits after each attempt; the last of them repeats. */
const WAITS_MS = [5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS];
/** A mail that could not be sent for this long is dropped: its news is old. */
const DROPPED_AFTER_MS = 72 * HOUR_MS;
/** What the owner is told of is gathered for this long; an approval is told at once. */
const GATHERED_MS = 5 * MINUTE_MS;
/** Rows that one mail to the owner tells of at most. */
const MOST_GATHERED = 500;

const ofOwner = (store: Store) => eq(mailOutbox.ownerUserId, store.ownerUserId);
// A literal and no bound value: SQLite uses the partial index over queued mails only then.
const isQueued = sql`${mailOutbox.status} = 'queued'`;

/** An approval is told to the person whom it asks, who need not be the owner. */
const asksAnotherPerson = (store: Store): SQL => sql`EXISTS (SELECT 1 FROM ${approvals}
  WHERE ${approvals.ownerUserId} = ${store.ownerUserId} AND ${approvals.id} = ${mailOutbox.subjectId}
  AND ${approvals.actorId} <> ${store.ownerUserId})`;

const toTheOwner = (store: Store): SQL =>
  sql`(${inArray(mailOutbox.mailKind, [...OWNER_MAIL_KINDS])} AND NOT (${mailOutbox.mailKind} = 'approval_waits' AND ${asksAnotherPerson(store)}))`;

/**
 * Whether the person of an approval's mail was told of another within five minutes, which still waits or which this one
 * replaced: a page leads to all that waits for them, so several questions of one moment are one mail.
 */
const isToldAlready = (store: Store, mail: string): SQL => {
  const { ownerUserId } = store;
  const now = store.clock.now();
  const of = sql.raw(`"${mail}"`);
  return sql`EXISTS (SELECT 1 FROM ${approvals} AS "own"
    JOIN ${approvals} AS "other" ON "other"."owner_user_id" = "own"."owner_user_id" AND "other"."actor_id" = "own"."actor_id"
      AND "other"."id" <> "own"."id"
      AND ("other"."status" = 'pending' AND "other"."expires_at" > ${now}
        OR "other"."status" = 'withdrawn' AND "other"."idempotency_key" = "own"."idempotency_key")
    JOIN ${mailOutbox} AS "told" ON "told"."owner_user_id" = "other"."owner_user_id" AND "told"."mail_kind" = 'approval_waits'
      AND "told"."subject_id" = "other"."id" AND "told"."attempts" > 0 AND "told"."status" <> 'dropped' AND "told"."next_at" > ${now}
    WHERE "own"."owner_user_id" = ${ownerUserId} AND ${of}."mail_kind" = 'approval_waits' AND "own"."id" = ${of}."subject_id")`;
};

/**
 * Takes due mails to buyers and other persons, in one statement: of two runs at once each takes other rows. A taken row stays
 * queued until its next time, so that a run that dies loses none: a mail is sent at least once.
 */
export const takeMails = (store: Store, limit: number) =>
  takeWhere(store, sql`NOT ${toTheOwner(store)} AND NOT ${isToldAlready(store, "mail_outbox")}`, limit);

/** Takes all that the owner is told of, once it was gathered for long enough; `atOnce`, however new it is. */
export function takeOwnerMails(store: Store, { atOnce }: { readonly atOnce: boolean }) {
  const gathered = sql`EXISTS (SELECT 1 FROM ${mailOutbox} AS "first_mail" WHERE "first_mail"."owner_user_id" = ${store.ownerUserId}
    AND "first_mail"."status" = 'queued' AND "first_mail"."next_at" <= ${store.clock.now()}
    AND ("first_mail"."created_at" <= ${store.clock.now() - GATHERED_MS} OR "first_mail"."mail_kind" = 'approval_waits')
    AND NOT ${isToldAlready(store, "first_mail")})`;
  return takeWhere(store, sql`${toTheOwner(store)} AND (${atOnce ? 1 : 0} OR ${gathered})`, MOST_GATHERED);
}

function takeWhere(store: Store, which: SQL, limit: number) {
  const now = store.clock.now();
  const waits = JSON.stringify(WAITS_MS);
  const due = store.db.build
    .select({ id: mailOutbox.id })
    .from(mailOutbox)
    .where(and(ofOwner(store), isQueued, lte(mailOutbox.nextAt, now), which))
    .orderBy(mailOutbox.nextAt)
    .limit(limit);
  return store.db.build
    .update(mailOutbox)
    .set({
      attempts: sql`${mailOutbox.attempts} + 1`,
      // A bound number is a REAL: min() could answer 5.0, which is no place in a list.
      nextAt: sql`${now} + json_extract(${waits}, '$[' || min(${mailOutbox.attempts}, ${sql.raw(String(WAITS_MS.length - 1))}) || ']')`,
    })
    .where(and(ofOwner(store), isQueued, lte(mailOutbox.nextAt, now), inArray(mailOutbox.id, due)))
    .returning();
}

/** Drops the mails that could not be sent for days; all of them where this deployment sends no mail. */
export function dropOldMails(store: Store, { all }: { readonly all: boolean }): Query {
  const isOld = lt(mailOutbox.createdAt, store.clock.now() - DROPPED_AFTER_MS);
  return store.db.build
    .update(mailOutbox)
    .set({ status: "dropped" })
    .where(and(ofOwner(store), isQueued, all ? undefined : isOld));
}

/** Ends taken mails: sent, or dropped since there is no reason any more. A mail that has ended stays as it is. */
export function endMails(store: Store, ids: readonly string[], status: "sent" | "dropped"): Query {
  const sentAt = status === "sent" ? store.clock.now() : null;
  return store.db.build
    .update(mailOutbox)
    .set({ status, sentAt })
    .where(and(ofOwner(store), isQueued, sql`${mailOutbox.id} IN ${idsAmong(ids)}`));
}

/** Whether the owner is told by mail: one row, or none for a business that never switched it. */
export function ownerMailSetting(store: OwnedDatabase) {
  return store.db.build
    .select()
    .from(ownerMailSettings)
    .where(eq(ownerMailSettings.ownerUserId, store.ownerUserId))
    .limit(1);
}

/** Whether the rows of the setting say that the owner is mailed; a business that never switched it is. */
export const ownerIsMailed = ([setting]: Awaited<ReturnType<typeof ownerMailSetting>>): boolean => setting?.told !== 0;

/** Switches the mails to the owner on or off. */
export function putOwnerMailSetting(store: OwnedDatabase, told: boolean, at: number): Query {
  const change = { told: told ? 1 : 0, updatedAt: at };
  return store.db.build
    .insert(ownerMailSettings)
    .values({ ownerUserId: store.ownerUserId, ...change })
    .onConflictDoUpdate({ target: ownerMailSettings.ownerUserId, set: change });
}
