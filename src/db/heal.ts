import { and, asc, desc, eq, getTableColumns, inArray, isNotNull, lt, notExists, notInArray, sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import { UNFINISHED } from "./operations.ts";
import { checkoutIntents, healCursors, operations, scheduledRuns, stripeWebhookEvents } from "./schema/index.ts";
import type { StripeMode } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";
import { TURNS_AMONG } from "./turns.ts";

/** How far ahead of our clock a cursor may stand before it counts as wrong. */
const FUTURE_MS = 5 * 60_000;
const RUNS_KEPT_MS = 30 * 86_400_000;

export function healCursor(store: Store, mode: StripeMode) {
  return store.db.build
    .select()
    .from(healCursors)
    .where(and(eq(healCursors.ownerUserId, store.ownerUserId), eq(healCursors.stripeMode, mode)))
    .limit(1);
}

/** Moves the cursor forward: of two runs at once, the further one counts. A cursor in the future is set back. */
export function advanceCursor(store: Store, mode: StripeMode, readUpTo: number, now: number): Query {
  return store.db.build
    .insert(healCursors)
    .values({ ownerUserId: store.ownerUserId, stripeMode: mode, readUpTo, updatedAt: now })
    .onConflictDoUpdate({
      target: [healCursors.ownerUserId, healCursors.stripeMode],
      set: {
        readUpTo: sql`CASE WHEN ${healCursors.readUpTo} > ${now + FUTURE_MS} THEN ${readUpTo} ELSE max(${healCursors.readUpTo}, ${readUpTo}) END`,
        updatedAt: now,
      },
    });
}

/**
 * Unfinished operations that were created before a time and have their arguments stored. The accounts take turns, and each
 * turn takes one of an account's at random, so that operations which can never be finished do not keep out the others.
 */
export function unfinishedOperations(
  store: Store,
  { createdBefore, modes }: { createdBefore: number; modes: readonly StripeMode[] },
  limit: number,
) {
  // An operation whose mode is closed now can't be finished, and would take the place of another.
  const ofAnotherMode = store.db.build
    .select({ one: sql`1` })
    .from(checkoutIntents)
    .where(
      and(
        eq(checkoutIntents.ownerUserId, operations.ownerUserId),
        eq(checkoutIntents.actorId, operations.actorId),
        eq(checkoutIntents.idempotencyKey, operations.idempotencyKey),
        notInArray(checkoutIntents.stripeMode, [...modes]),
      ),
    );
  const oldest = store.db.build
    .select({ id: operations.id, actorId: operations.actorId })
    .from(operations)
    .where(
      and(
        eq(operations.ownerUserId, store.ownerUserId),
        UNFINISHED,
        isNotNull(operations.argumentsSealed),
        lt(operations.createdAt, createdBefore),
        notExists(ofAnotherMode),
      ),
    )
    .orderBy(asc(operations.createdAt))
    .limit(TURNS_AMONG)
    .as("oldest");
  const turn = sql<number>`row_number() OVER (PARTITION BY ${oldest.actorId} ORDER BY random())`;
  const next = store.db.build
    .select({ id: oldest.id, turn: turn.as("turn") })
    .from(oldest)
    .orderBy(sql`turn`, sql`random()`)
    .limit(limit)
    .as("next");
  return store.db.build
    .select(getTableColumns(operations))
    .from(next)
    .innerJoin(operations, and(eq(operations.ownerUserId, store.ownerUserId), eq(operations.id, next.id)))
    .orderBy(sql`${next.turn}`);
}

/** Events of these modes whose processing failed and whose back-off is over, the oldest first. */
export function failedEvents(store: Store, modes: readonly StripeMode[], now: number, limit: number) {
  return store.db.build
    .select()
    .from(stripeWebhookEvents)
    .where(
      and(
        eq(stripeWebhookEvents.ownerUserId, store.ownerUserId),
        eq(stripeWebhookEvents.status, "failed"),
        inArray(
          stripeWebhookEvents.livemode,
          modes.map((mode) => (mode === "live" ? 1 : 0)),
        ),
        sql`${stripeWebhookEvents.updatedAt} + 60000 * (1 << min(${stripeWebhookEvents.attempts}, 10)) <= ${now}`,
      ),
    )
    .orderBy(asc(stripeWebhookEvents.receivedAt))
    .limit(limit);
}

/** Stores the report of a run and deletes reports older than a month. */
export function insertRun(store: Store, startedAt: number, report: unknown): Query[] {
  const finishedAt = store.clock.now();
  return [
    store.db.build.insert(scheduledRuns).values({
      id: store.ids.next("scheduled-run"),
      ownerUserId: store.ownerUserId,
      startedAt,
      finishedAt,
      reportJson: JSON.stringify(report),
    }),
    store.db.build
      .delete(scheduledRuns)
      .where(
        and(eq(scheduledRuns.ownerUserId, store.ownerUserId), lt(scheduledRuns.finishedAt, finishedAt - RUNS_KEPT_MS)),
      ),
  ];
}

export function latestRun(store: Store) {
  return store.db.build
    .select()
    .from(scheduledRuns)
    .where(eq(scheduledRuns.ownerUserId, store.ownerUserId))
    .orderBy(desc(scheduledRuns.finishedAt))
    .limit(1);
}
