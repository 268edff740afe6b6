import { and, asc, eq, isNotNull, lte, type SQL, sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import { billingSubscriptions, checkoutIntents } from "./schema/index.ts";
import type { StripeMode } from "./schema/vocabulary.ts";
import { type CHECKOUT_STATUSES, STRIPE_MODES } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * How long Stripe's word on a checkout is believed: half of its age, within these bounds. A webhook usually comes within
 * seconds, and the event list has it within one run: asking about each checkout is for what neither of them brought.
 */
const BELIEVED = {
  open: { least: 2 * MINUTE, most: DAY },
  completed: { least: 2 * MINUTE, most: DAY },
  blocked: { least: HOUR, most: DAY },
  paid: { least: DAY, most: 60 * DAY },
  disputed: { least: DAY, most: 7 * DAY },
  refunded: { least: DAY, most: 60 * DAY },
  // A plan whose first payment failed late is had once its invoice is paid after all.
  failed: { least: 6 * HOUR, most: DAY },
} as const satisfies Partial<Record<Status, { least: number; most: number }>>;

/** A card dispute can come 120 days after the payment; a dispute may then take months. */
const WATCHED_MS = 180 * DAY;
const DISPUTED_WATCHED_MS = 365 * DAY;
/** Stripe tries an unpaid invoice again for up to two months. */
const TRIED_AGAIN_MS = 60 * DAY;
/** A plan is asked about an hour after its period ended without a word, and then four times a day. */
const AFTER_PERIOD = { first: HOUR, next: 6 * HOUR };
/** What could not be asked about is tried again so soon. */
const RETRY_MS = HOUR;

type Status = (typeof CHECKOUT_STATUSES)[number];
type WatchedStatus = keyof typeof BELIEVED;

/** The statuses that Stripe may change without a word, the most urgent first. */
const WATCHED_STATUSES = Object.keys(BELIEVED) as WatchedStatus[];

/** When to ask first about a checkout that has just got a status; null where Stripe has nothing more to say. */
export function firstCheckAt(status: Status, planSlug: string | null, now: number): number | null {
  if (!(status in BELIEVED) || (status === "failed" && planSlug === null)) return null;
  return now + BELIEVED[status as WatchedStatus].least;
}

/** Checkouts of one mode and status that wait to be asked about. */
export interface Waiting {
  readonly stripeMode: StripeMode;
  readonly status: WatchedStatus;
}

/** How many checkouts wait to be asked about, up to `most` of each mode and status, and since when: one row for each. */
export function waitingChecks(store: Store, now: number, most: number) {
  const kinds = WATCHED_STATUSES.flatMap((status) => STRIPE_MODES.map((stripeMode) => ({ stripeMode, status })));
  const stripeMode = sql<StripeMode>`kind.value ->> 'stripeMode'`;
  const status = sql<WatchedStatus>`kind.value ->> 'status'`;
  const due = (limit: number) =>
    store.db.build
      .select({ checkAt: checkoutIntents.checkAt })
      .from(checkoutIntents)
      .where(isDue(store, stripeMode, status, now))
      .orderBy(asc(checkoutIntents.checkAt))
      .limit(limit);
  return store.db.build
    .select({
      stripeMode: stripeMode.as("stripe_mode"),
      status: status.as("status"),
      waiting: sql<number>`(SELECT count(*) FROM ${due(most)})`.as("waiting"),
      since: sql<number | null>`${due(1)}`.as("since"),
    })
    .from(sql`json_each(${JSON.stringify(kinds)}) AS kind`);
}

/** All that waits, and since when; the count stops at `most`. */
export function allWaiting(rows: Awaited<ReturnType<typeof waitingChecks>>, most: number) {
  const since = rows.flatMap((row) => (row.since === null ? [] : [row.since]));
  return {
    count: Math.min(
      most,
      rows.reduce((sum, { waiting }) => sum + waiting, 0),
    ),
    since: since.length > 0 ? Math.min(...since) : undefined,
  };
}

/** The checkouts of a mode and status that wait, those that wait longest first. */
export function dueChecks(store: Store, { stripeMode, status }: Waiting, now: number, limit: number) {
  return store.db.build
    .select()
    .from(checkoutIntents)
    .where(isDue(store, stripeMode, status, now))
    .orderBy(asc(checkoutIntents.checkAt))
    .limit(limit);
}

function isDue(store: Store, stripeMode: SQL | StripeMode, status: SQL | WatchedStatus, now: number) {
  const { ownerUserId, checkAt } = checkoutIntents;
  return and(
    eq(ownerUserId, store.ownerUserId),
    eq(checkoutIntents.stripeMode, stripeMode),
    eq(checkoutIntents.status, status),
    isNotNull(checkAt),
    lte(checkAt, now),
  );
}

/** Has the next scheduled run ask Stripe about a checkout, however young it is. */
export function askForCheck(store: Store, intentId: string): Query {
  return setCheckAt(store, [intentId], sql`${store.clock.now()}`);
}

/** Notes that Stripe was asked; a checkout's version is not moved by it. */
export function markChecked(store: Store, intentIds: readonly string[]): Query {
  return setCheckAt(store, intentIds, nextCheck(store.clock.now()));
}

/** Notes that asking failed: it gets its turn again, after those that wait longer. */
export function markTried(store: Store, intentIds: readonly string[]): Query {
  const now = store.clock.now();
  return setCheckAt(store, intentIds, sql`min(${nextCheck(now)}, ${now + RETRY_MS})`);
}

function setCheckAt(store: Store, intentIds: readonly string[], checkAt: SQL): Query {
  return (
    store.db.build
      .update(checkoutIntents)
      // D1 binds every number as a real one.
      .set({ checkAt: sql`CAST(${checkAt} AS INTEGER)` })
      .where(
        and(
          eq(checkoutIntents.ownerUserId, store.ownerUserId),
          sql`${checkoutIntents.id} IN (SELECT value FROM json_each(${JSON.stringify(intentIds)}))`,
        ),
      )
  );
}

/**
 * When a checkout is asked about after this look, by its status as it is stored: null once it is too old for money to go
 * back. A plan stays as long as its subscription runs, and is asked about when its period has ended.
 */
function nextCheck(now: number): SQL {
  const { status, paidAt, createdAt, planSlug, ownerUserId, stripeSubscriptionId } = checkoutIntents;
  const since = sql`coalesce(${paidAt}, ${createdAt})`;
  const bounds = Object.entries(BELIEVED).map(
    ([name, { least, most }]) => sql`WHEN ${name} THEN min(max((${now} - ${since}) / 2, ${least}), ${most})`,
  );
  const believed = sql`${now} + CASE ${status} ${sql.join(bounds, sql` `)} END`;
  const watched = sql`CASE ${status} WHEN 'disputed' THEN ${DISPUTED_WATCHED_MS}
    WHEN 'failed' THEN iif(${planSlug} IS NULL, 0, ${TRIED_AGAIN_MS}) ELSE ${WATCHED_MS} END`;
  const end = sql`${since} + ${watched}`;
  const { currentPeriodEnd } = billingSubscriptions;
  const period = sql`(SELECT CASE WHEN ${currentPeriodEnd} > ${now} THEN ${currentPeriodEnd} + ${AFTER_PERIOD.first} ELSE ${now + AFTER_PERIOD.next} END
    FROM ${billingSubscriptions} WHERE ${billingSubscriptions.ownerUserId} = ${ownerUserId}
    AND ${billingSubscriptions.stripeSubscriptionId} = ${stripeSubscriptionId}
    AND ${billingSubscriptions.status} NOT IN ('canceled', 'incomplete_expired'))`;
  return sql`CASE WHEN ${period} IS NOT NULL THEN min(${believed}, ${period}) WHEN ${end} > ${now} THEN min(${believed}, ${end}) END`;
}
