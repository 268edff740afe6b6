import { and, asc, eq, getTableColumns, isNotNull, lte, type SQL, sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import { idsAmong } from "./ids-among.ts";
import { billingSubscriptions, checkoutIntents } from "./schema/index.ts";
import type { StripeMode } from "./schema/vocabulary.ts";
import { type CHECKOUT_STATUSES, STRIPE_MODES } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";
import { TURNS_AMONG } from "./turns.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The time between two checks of a checkout at Stripe: half of its age, within these bounds. A webhook usually comes
 * within seconds and the event list has the event within one run; a check finds what both missed.
 */
const CHECK_INTERVALS = {
  open: { least: 2 * MINUTE, most: DAY },
  completed: { least: 2 * MINUTE, most: DAY },
  blocked: { least: HOUR, most: DAY },
  paid: { least: DAY, most: 60 * DAY },
  disputed: { least: DAY, most: 7 * DAY },
  refunded: { least: DAY, most: 60 * DAY },
  // The first payment of a plan can fail and its invoice be paid later.
  failed: { least: 6 * HOUR, most: DAY },
} as const satisfies Partial<Record<Status, { least: number; most: number }>>;

/** A cardholder can dispute a payment for 120 days; the dispute may then take months. */
const WATCHED_MS = 180 * DAY;
const DISPUTED_WATCHED_MS = 365 * DAY;
/** Stripe tries an unpaid invoice again for up to two months. */
const TRIED_AGAIN_MS = 60 * DAY;
/** A plan is checked an hour after its period ended without an event, and then four times a day. */
const AFTER_PERIOD = { first: HOUR, next: 6 * HOUR };
/** How soon a failed check is repeated. */
const RETRY_MS = HOUR;

type Status = (typeof CHECKOUT_STATUSES)[number];
type WatchedStatus = keyof typeof CHECK_INTERVALS;

/** The statuses that a change at Stripe may follow, the most urgent first. */
const WATCHED_STATUSES = Object.keys(CHECK_INTERVALS) as WatchedStatus[];

/** The time of the first check after a checkout got a status; null for a status that Stripe does not change. */
export function firstCheckAt(status: Status, planSlug: string | null, now: number): number | null {
  if (!(status in CHECK_INTERVALS) || (status === "failed" && planSlug === null)) return null;
  return now + CHECK_INTERVALS[status as WatchedStatus].least;
}

/** The checkouts of one mode and status, which share a queue of due checks. */
export interface CheckQueue {
  readonly stripeMode: StripeMode;
  readonly status: WatchedStatus;
}

/** One row for each mode and status: how many checks are due, up to `most`, and since when. */
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

/** All checks that are due, and since when; the count stops at `most`. */
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

/**
 * The checkouts of a mode and status whose check is due. The accounts take turns, so that one with many does not keep the
 * others waiting; in a turn the one that waits longest comes first.
 */
export function dueChecks(store: Store, { stripeMode, status }: CheckQueue, now: number, limit: number) {
  const { id, actorId, checkAt } = checkoutIntents;
  const longest = store.db.build
    .select({ id, actorId, checkAt })
    .from(checkoutIntents)
    .where(isDue(store, stripeMode, status, now))
    .orderBy(asc(checkAt))
    .limit(TURNS_AMONG)
    .as("longest");
  const turn = sql<number>`row_number() OVER (PARTITION BY ${longest.actorId} ORDER BY ${longest.checkAt})`;
  const next = store.db.build
    .select({ id: longest.id, turn: turn.as("turn") })
    .from(longest)
    .orderBy(sql`turn`, asc(longest.checkAt))
    .limit(limit)
    .as("next");
  return store.db.build
    .select(getTableColumns(checkoutIntents))
    .from(next)
    .innerJoin(checkoutIntents, and(eq(checkoutIntents.ownerUserId, store.ownerUserId), eq(id, next.id)))
    .orderBy(sql`${next.turn}`, asc(checkAt));
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

/** Makes the check of a checkout due at once. */
export function askForCheck(store: Store, intentId: string): Query {
  return setCheckAt(store, [intentId], sql`${store.clock.now()}`);
}

/** Notes that a checkout was checked. Its version stays. */
export function markChecked(store: Store, intentIds: readonly string[]): Query {
  return setCheckAt(store, intentIds, nextCheck(store.clock.now()));
}

/** Notes that a check failed. It is due again later, so that the others get their turn. */
export function markTried(store: Store, intentIds: readonly string[]): Query {
  const now = store.clock.now();
  return setCheckAt(store, intentIds, sql`min(${nextCheck(now)}, ${now + RETRY_MS})`);
}

function setCheckAt(store: Store, intentIds: readonly string[], checkAt: SQL): Query {
  return (
    store.db.build
      .update(checkoutIntents)
      // D1 binds every number as REAL.
      .set({ checkAt: sql`CAST(${checkAt} AS INTEGER)` })
      .where(
        and(eq(checkoutIntents.ownerUserId, store.ownerUserId), sql`${checkoutIntents.id} IN ${idsAmong(intentIds)}`),
      )
  );
}

/**
 * The time of the next check, by the stored status; null once the checkout is too old for a refund or dispute. A plan is
 * checked as long as its subscription runs, after the end of each period.
 */
function nextCheck(now: number): SQL {
  const { status, paidAt, createdAt, planSlug, ownerUserId, stripeSubscriptionId } = checkoutIntents;
  const since = sql`coalesce(${paidAt}, ${createdAt})`;
  const bounds = Object.entries(CHECK_INTERVALS).map(
    ([name, { least, most }]) => sql`WHEN ${name} THEN min(max((${now} - ${since}) / 2, ${least}), ${most})`,
  );
  const interval = sql`${now} + CASE ${status} ${sql.join(bounds, sql` `)} END`;
  const watched = sql`CASE ${status} WHEN 'disputed' THEN ${DISPUTED_WATCHED_MS}
    WHEN 'failed' THEN iif(${planSlug} IS NULL, 0, ${TRIED_AGAIN_MS}) ELSE ${WATCHED_MS} END`;
  const end = sql`${since} + ${watched}`;
  const { currentPeriodEnd } = billingSubscriptions;
  const period = sql`(SELECT CASE WHEN ${currentPeriodEnd} > ${now} THEN ${currentPeriodEnd} + ${AFTER_PERIOD.first} ELSE ${now + AFTER_PERIOD.next} END
    FROM ${billingSubscriptions} WHERE ${billingSubscriptions.ownerUserId} = ${ownerUserId}
    AND ${billingSubscriptions.stripeSubscriptionId} = ${stripeSubscriptionId}
    AND ${billingSubscriptions.status} NOT IN ('canceled', 'incomplete_expired'))`;
  return sql`CASE WHEN ${period} IS NOT NULL THEN min(${interval}, ${period}) WHEN ${end} > ${now} THEN min(${interval}, ${end}) END`;
}
