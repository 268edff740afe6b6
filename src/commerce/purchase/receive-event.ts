import Stripe from "stripe";
import { faultOf } from "../../base/log.ts";
import { GuardFailed } from "../../db/database.ts";
import { REPLAYABLE, takeEvent, UNFINISHED, webhookEventById } from "../../db/webhook-events.ts";
import type { Context } from "../../kernel/context.ts";
import { type Applied, applyEvent } from "./apply-event.ts";
import { checkAtOnce, TRIPS_TO_CHECK } from "./check-purchase.ts";
import { type Arrival, contradicts, eventRow, innermostFault, replayAudit } from "./event-records.ts";
import { TRIPS_TO_APPLY } from "./known.ts";
import { TRIPS_TO_READ } from "./read-event.ts";
import { TRIPS_TO_TRACE, traceAtOnce } from "./trace-payment.ts";

/** Calls to D1 that recording a failure makes at most. */
export const TRIPS_TO_RECORD = 3;
/** Calls that an event makes at most: read and applied twice, losing every race but the last, recorded, traced and checked. */
export const TRIPS_TO_RECEIVE =
  2 * (TRIPS_TO_READ + TRIPS_TO_APPLY) + TRIPS_TO_RECORD + TRIPS_TO_TRACE + TRIPS_TO_CHECK + 1;

/**
 * Applies an event, or records that it failed. A failed event is tried once more at once, since most failures are a
 * database that was out for a moment. After that the scheduled run tries it with back-off, and the owner can replay it.
 * Stripe gets a 2xx for a recorded failure, so a fault of ours does not get the endpoint disabled.
 * Throws only where the failure could not be recorded: then Stripe has to repeat.
 */
export async function receiveEvent(arrival: Arrival, ctx: Context): Promise<Applied> {
  const applied = await applyTwice(arrival, ctx);
  if (applied.toCheck) await checkAtOnce(applied.toCheck, ctx);
  if (applied.toTrace) await traceAtOnce(applied.toTrace, ctx);
  return applied;
}

async function applyTwice(arrival: Arrival, ctx: Context): Promise<Applied> {
  for (let isLast = false; ; isLast = true) {
    try {
      return await applyEvent(arrival, ctx);
    } catch (thrown) {
      // A second call in a row to a Stripe that did not answer costs time; the schedule asks again.
      if (isLast || thrown instanceof Stripe.errors.StripeError) return recordFailure(arrival, thrown, ctx);
    }
  }
}

/** Records that an event failed. The row tells where the event was applied after all, as after a lost answer of D1. */
export async function recordFailure(arrival: Arrival, thrown: unknown, ctx: Context): Promise<Applied> {
  const { event, replayedBy } = arrival;
  ctx.log({ event: "internal", name: event.type, code: "event_failed", fault: faultOf(thrown) });
  const [stored] = (await ctx.db.read({ stored: webhookEventById(ctx, event.id) })).stored;
  if (stored && contradicts(arrival, stored)) return { status: stored.status, duplicate: true };
  const now = ctx.clock.now();
  const ending = {
    status: "failed" as const,
    payloadRedactedJson: JSON.stringify({ type: event.type, livemode: event.livemode, created: event.createdAt }),
    error: innermostFault(thrown),
    checkoutIntentId: stored?.checkoutIntentId ?? null,
  };
  const row = eventRow(arrival, ending, stored, now, ctx);
  try {
    await ctx.db.commit([
      ...takeEvent(ctx, row, replayedBy ? REPLAYABLE : UNFINISHED),
      ...(replayedBy ? replayAudit(row, replayedBy, now, ctx) : []),
    ]);
    return { status: "failed", duplicate: false };
  } catch (error) {
    if (!(error instanceof GuardFailed)) throw error;
    const [finished] = (await ctx.db.read({ finished: webhookEventById(ctx, event.id) })).finished;
    if (!finished) throw error;
    return { status: finished.status, duplicate: true };
  }
}
