import { and, asc, desc, eq, inArray, isNull, lt, or, sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import type { StripeMode } from "../stripe/client.ts";
import type { Query } from "./database.ts";
import { checkoutIntents, healCursors, scheduledRuns, stripeWebhookEvents } from "./schema/index.ts";
import type { CHECKOUT_STATUSES } from "./schema/vocabulary.ts";

export function healCursor(ctx: Context, mode: StripeMode) {
  return ctx.db.build
    .select()
    .from(healCursors)
    .where(and(eq(healCursors.ownerUserId, ctx.ownerUserId), eq(healCursors.stripeMode, mode)))
    .limit(1);
}

/** Moves the cursor on; of two runs at once the one that got further counts. */
export function advanceCursor(ctx: Context, mode: StripeMode, readUpTo: number): Query {
  const updatedAt = ctx.clock.now();
  return ctx.db.build
    .insert(healCursors)
    .values({ ownerUserId: ctx.ownerUserId, stripeMode: mode, readUpTo, updatedAt })
    .onConflictDoUpdate({
      target: [healCursors.ownerUserId, healCursors.stripeMode],
      set: { readUpTo: sql`max(${healCursors.readUpTo}, ${readUpTo})`, updatedAt },
    });
}

/** Checkouts of a status that Stripe has not been asked about since `before`, those never asked about first. */
export function uncheckedIntents(
  ctx: Context,
  status: (typeof CHECKOUT_STATUSES)[number],
  before: number,
  limit: number,
) {
  return ctx.db.build
    .select()
    .from(checkoutIntents)
    .where(
      and(
        eq(checkoutIntents.ownerUserId, ctx.ownerUserId),
        eq(checkoutIntents.status, status),
        lt(checkoutIntents.createdAt, before),
        or(isNull(checkoutIntents.lastCheckedAt), lt(checkoutIntents.lastCheckedAt, before)),
      ),
    )
    .orderBy(asc(checkoutIntents.lastCheckedAt))
    .limit(limit);
}

export function markChecked(ctx: Context, intentId: string): Query {
  return ctx.db.build
    .update(checkoutIntents)
    .set({ lastCheckedAt: ctx.clock.now() })
    .where(and(eq(checkoutIntents.ownerUserId, ctx.ownerUserId), eq(checkoutIntents.id, intentId)));
}

/** Events whose processing failed and whose back-off is over, the oldest first. */
export function failedEvents(ctx: Context, now: number, limit: number) {
  return ctx.db.build
    .select()
    .from(stripeWebhookEvents)
    .where(
      and(
        eq(stripeWebhookEvents.ownerUserId, ctx.ownerUserId),
        inArray(stripeWebhookEvents.status, ["failed"]),
        sql`${stripeWebhookEvents.updatedAt} + 60000 * (1 << min(${stripeWebhookEvents.attempts}, 10)) <= ${now}`,
      ),
    )
    .orderBy(asc(stripeWebhookEvents.receivedAt))
    .limit(limit);
}

export function insertRun(ctx: Context, startedAt: number, report: unknown): Query {
  return ctx.db.build.insert(scheduledRuns).values({
    id: ctx.ids.next("scheduled-run"),
    ownerUserId: ctx.ownerUserId,
    startedAt,
    finishedAt: ctx.clock.now(),
    reportJson: JSON.stringify(report),
  });
}

export function latestRun(ctx: Context) {
  return ctx.db.build
    .select()
    .from(scheduledRuns)
    .where(eq(scheduledRuns.ownerUserId, ctx.ownerUserId))
    .orderBy(desc(scheduledRuns.finishedAt))
    .limit(1);
}
