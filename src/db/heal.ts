import { and, asc, desc, eq, gt, inArray, isNotNull, lt, sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import type { StripeMode } from "../stripe/client.ts";
import type { Query } from "./database.ts";
import {
  billingSubscriptions,
  checkoutIntents,
  healCursors,
  operations,
  scheduledRuns,
  stripeWebhookEvents,
} from "./schema/index.ts";
import type { CHECKOUT_STATUSES } from "./schema/vocabulary.ts";

/** A cursor further ahead than clocks differ is wrong. */
const FUTURE_MS = 5 * 60_000;
/** Before every other time at which a checkout was looked at. */
const ASKED_FOR = 0;
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

/** Which checkouts to ask about: all of a status, or of plans alone that were started since a time. */
interface Unchecked {
  readonly status: (typeof CHECKOUT_STATUSES)[number];
  readonly before: number;
  readonly plansSince?: number | undefined;
}

/** Checkouts that Stripe has not been asked about since `before`, those asked about longest ago first. */
export function uncheckedIntents(ctx: Context, { status, before, plansSince }: Unchecked, limit: number) {
  return ctx.db.build
    .select({ intent: checkoutIntents })
    .from(checkoutIntents)
    .where(
      and(
        eq(checkoutIntents.ownerUserId, ctx.ownerUserId),
        eq(checkoutIntents.status, status),
        // What cannot be asked about must not stand in the way of what can.
        inArray(checkoutIntents.stripeMode, [...ctx.stripe.modes]),
        lt(checkoutIntents.lastCheckedAt, before),
        plansSince === undefined
          ? undefined
          : and(isNotNull(checkoutIntents.planSlug), gt(checkoutIntents.createdAt, plansSince)),
      ),
    )
    .orderBy(asc(checkoutIntents.lastCheckedAt))
    .limit(limit);
}

/** Checkouts of plans whose period ended before `endedBefore` without a word of what followed. */
export function intentsOfDueSubscriptions(
  ctx: Context,
  { endedBefore, before }: { endedBefore: number; before: number },
  limit: number,
) {
  return ctx.db.build
    .select({ intent: checkoutIntents })
    .from(billingSubscriptions)
    .innerJoin(
      checkoutIntents,
      and(
        eq(checkoutIntents.ownerUserId, billingSubscriptions.ownerUserId),
        eq(checkoutIntents.id, billingSubscriptions.checkoutIntentId),
      ),
    )
    .where(
      and(
        eq(billingSubscriptions.ownerUserId, ctx.ownerUserId),
        inArray(billingSubscriptions.status, ["active", "trialing", "past_due"]),
        inArray(billingSubscriptions.stripeMode, [...ctx.stripe.modes]),
        lt(billingSubscriptions.currentPeriodEnd, endedBefore),
        lt(checkoutIntents.lastCheckedAt, before),
      ),
    )
    .orderBy(asc(billingSubscriptions.currentPeriodEnd))
    .limit(limit);
}

/** Has the next scheduled run ask Stripe about a checkout, however young it is. */
export function askForCheck(ctx: Context, intentId: string): Query {
  return ctx.db.build
    .update(checkoutIntents)
    .set({ lastCheckedAt: ASKED_FOR })
    .where(and(eq(checkoutIntents.ownerUserId, ctx.ownerUserId), eq(checkoutIntents.id, intentId)));
}

/** Notes that Stripe was asked; a checkout's version is not moved by it. */
export function markChecked(ctx: Context, intentIds: readonly string[]): Query {
  return ctx.db.build
    .update(checkoutIntents)
    .set({ lastCheckedAt: ctx.clock.now() })
    .where(
      and(
        eq(checkoutIntents.ownerUserId, ctx.ownerUserId),
        sql`${checkoutIntents.id} IN (SELECT value FROM json_each(${JSON.stringify(intentIds)}))`,
      ),
    );
}

/**
 * Operations that nobody has finished for a while and whose arguments are kept. Some of the oldest, in no order: one
 * that can never be finished does not stand in the way of the others.
 */
export function unfinishedOperations(ctx: Context, olderThan: number, limit: number) {
  const oldest = ctx.db.build
    .select({ id: operations.id })
    .from(operations)
    .where(
      and(
        eq(operations.ownerUserId, ctx.ownerUserId),
        inArray(operations.status, ["pending", "outcome_unknown"]),
        isNotNull(operations.argumentsSealed),
        lt(operations.createdAt, olderThan),
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

/** Events whose processing failed and whose back-off is over, the oldest first. */
export function failedEvents(ctx: Context, now: number, limit: number) {
  return ctx.db.build
    .select()
    .from(stripeWebhookEvents)
    .where(
      and(
        eq(stripeWebhookEvents.ownerUserId, ctx.ownerUserId),
        eq(stripeWebhookEvents.status, "failed"),
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
