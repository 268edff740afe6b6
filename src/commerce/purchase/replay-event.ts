import { notFound, Problem } from "../../base/problem.ts";
import { isoTime } from "../../base/time.ts";
import { type EventRow, webhookEventByReference } from "../../db/webhook-events.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Context } from "../../kernel/context.ts";
import { fetchArrival } from "./fetch-event.ts";
import { receiveEvent } from "./receive-event.ts";

/** An event as the owner sees it. Why it failed stays private: it may quote what Stripe sent. */
export function eventFields({ reference, eventType, status, attempts, receivedAt, updatedAt }: EventRow) {
  return {
    eventReference: reference,
    eventType,
    status,
    attempts,
    receivedAt: isoTime(receivedAt),
    updatedAt: isoTime(updatedAt),
  };
}

/**
 * Looks at an event again on the word of the owner's session, from Stripe's own copy: one that failed, was blocked, or
 * was ignored by an older version of the code. What was processed stays as it is, and `replayed` is false.
 * Throws `not_found`, `ineligible_state` where Stripe no longer has it, or `provider_unavailable`.
 */
export async function replayEvent(
  reference: string,
  actor: Actor,
  ctx: Context,
): Promise<{ readonly event: EventRow; readonly replayed: boolean }> {
  const rows = await ctx.db.read({ found: webhookEventByReference(ctx, reference), standing: actor.standing });
  actor.assertStanding(rows.standing);
  const [row] = rows.found;
  if (!row) throw notFound();
  if (row.status === "processed") return { event: row, replayed: false };
  const arrival = await fetchArrival(row, ctx).catch(() => undefined);
  if (arrival === "gone") {
    throw new Problem("ineligible_state", {
      detail: "The payment provider keeps events for 30 days and has it no more.",
    });
  }
  if (!arrival) {
    throw new Problem("provider_unavailable", {
      detail: "The payment provider did not give the event. Nothing was done; ask again later.",
      retryAfterSeconds: 60,
    });
  }
  const { duplicate } = await receiveEvent({ ...arrival, replayedBy: actor }, ctx);
  const [after] = (await ctx.db.read({ after: webhookEventByReference(ctx, reference) })).after;
  if (!after) throw new Error("the event is gone");
  return { event: after, replayed: !duplicate };
}
