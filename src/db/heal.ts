import { and, asc, desc, eq, inArray, isNotNull, lt, notExists, notInArray, sql } from "drizzle-orm";
import type { Context } from "../kernel/context.ts";
import type { StripeMode } from "../stripe/client.ts";
import type { Query } from "./database.ts";
import { checkoutIntents, healCursors, operations, scheduledRuns, stripeWebhookEvents } from "./schema/index.ts";

/** A cursor further ahead than clocks differ is wrong. */
const FUTURE_MS = 5 * 60_000;
const RUNS_KEPT_MS = 30 * 86_400_000;

export function healCursor(ctx: Context, mode: StripeMode) {
  return ctx.db.build
    .select()
    .from(healCursors)
    .where(and(eq(healCursors.ownerUserId, ctx.ownerUserId), eq(healCursors.stripeMode, mode)))
    .limit(1);
}

/** Moves the cursor on; of two runs at once the one that got further counts. One that stands in the future is set right. */
export function advanceCursor(ctx: Context, mode: StripeMode, readUpTo: number, now: number): Query {
  return ctx.db.build
    .insert(healCursors)
    .values({ ownerUserId: ctx.ownerUserId, stripeMode: mode, readUpTo, updatedAt: now })
    .onConflictDoUpdate({
      target: [healCursors.ownerUserId, healCursors.stripeMode],
      set: {
        readUpTo: sql`CASE WHEN ${healCursors.readUpTo} > ${now + FUTURE_MS} THEN ${readUpTo} ELSE max(${healCursors.readUpTo}, ${readUpTo}) END`,
        updatedAt: now,
      },
    });
}

/**
 * Operations that nobody has finished for a while and whose arguments are kept. Some of the oldest, in no order: one
 * that can never be finished does not stand in the way of the others.
 */
export function unfinishedOperations(
  ctx: Context,
  { olderThan, modes }: { olderThan: number; modes: readonly StripeMode[] },
  limit: number,
) {
  // What cannot be asked about must not stand in the way of what can.
  const ofAnotherMode = ctx.db.build
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
  const oldest = ctx.db.build
    .select({ id: operations.id })
    .from(operations)
    .where(
      and(
        eq(operations.ownerUserId, ctx.ownerUserId),
        inArray(operations.status, ["pending", "outcome_unknown"]),
        isNotNull(operations.argumentsSealed),
        lt(operations.createdAt, olderThan),
        notExists(ofAnotherMode),
      ),
    )
    .orderBy(asc(operations.createdAt))
    .limit(10 * limit);
  return ctx.db.build
    .select()
    .from(operations)
    .where(and(eq(operations.ownerUserId, ctx.ownerUserId), inArray(operations.id, oldest)))
    .orderBy(sql`random()`)
    .limit(limit);
}

/** Events of these modes whose processing failed and whose back-off is over, the oldest first. */
export function failedEvents(ctx: Context, modes: readonly StripeMode[], now: number, limit: number) {
  return ctx.db.build
    .select()
    .from(stripeWebhookEvents)
    .where(
      and(
        eq(stripeWebhookEvents.ownerUserId, ctx.ownerUserId),
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

/** The record of a run; those of a month ago go with it. */
export function insertRun(ctx: Context, startedAt: number, report: unknown): Query[] {
  const finishedAt = ctx.clock.now();
  return [
    ctx.db.build.insert(scheduledRuns).values({
      id: ctx.ids.next("scheduled-run"),
      ownerUserId: ctx.ownerUserId,
      startedAt,
      finishedAt,
      reportJson: JSON.stringify(report),
    }),
    ctx.db.build
      .delete(scheduledRuns)
      .where(
        and(eq(scheduledRuns.ownerUserId, ctx.ownerUserId), lt(scheduledRuns.finishedAt, finishedAt - RUNS_KEPT_MS)),
      ),
  ];
}

export function latestRun(ctx: Context) {
  return ctx.db.build
    .select()
    .from(scheduledRuns)
    .where(eq(scheduledRuns.ownerUserId, ctx.ownerUserId))
    .orderBy(desc(scheduledRuns.finishedAt))
    .limit(1);
}
