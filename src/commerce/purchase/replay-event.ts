import * as z from "zod";
import { notFound, Problem } from "../../base/problem.ts";
import { isoTime } from "../../base/time.ts";
import { WEBHOOK_STATUSES } from "../../db/schema/vocabulary.ts";
import { type EventRow, webhookEventByReference } from "../../db/webhook-events.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Context } from "../../kernel/context.ts";
import { fetchArrival } from "./fetch-event.ts";
import { receiveEvent } from "./receive-event.ts";

/** An event as the owner gets it. */
export const eventShape = z.object({
  eventReference: z.string(),
  eventType: z.string(),
  status: z.enum(WEBHOOK_STATUSES),
  attempts: z.int(),
  receivedAt: z.string(),
  updatedAt: z.string(),
});

/** The fields of an event that the owner gets. The text of its failure stays private: it may quote what Stripe sent. */
export function eventFields({
  reference,
  eventType,
  status,
  attempts,
  receivedAt,
  updatedAt,
}: EventRow): z.output<typeof eventShape> {
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
 * Applies an event again for the owner's session, from Stripe's own copy: a failed or blocked one, or one that an older
 * version of the code ignored. A processed event stays as it is, and `replayed` is false.
 * Throws `not_found`, `ineligible_state` where Stripe no longer has it, or `provider_unavailable`.
 */
export async function replayEvent(
  reference: string,
  actor: Actor,
  ctx: Context,
): Promise<{ readonly event: EventRow; readonly replayed: boolean }> {
  const rows = await ctx.db.read({
    found: webhookEventByReference(ctx, reference),
    revocationCheck: actor.revocationCheck,
  });
  actor.assertNotRevoked(rows.revocationCheck);
  const [row] = rows.found;
  if (!row) throw notFound();
  if (row.status === "processed") return { event: row, replayed: false };
  const fetched = await fetchArrival(row, ctx).catch(() => undefined);
  if (fetched?.kind === "gone") {
    throw new Problem("ineligible_state", {
      detail: "The payment provider keeps events for 30 days and no longer has this one.",
    });
  }
  if (fetched?.kind !== "arrival") {
    throw new Problem("provider_unavailable", {
      detail: "The payment provider did not give the event. Nothing was done; ask again later.",
      retryAfterSeconds: 60,
    });
  }
  const { duplicate } = await receiveEvent({ ...fetched.arrival, replayedBy: actor }, ctx);
  const [after] = (await ctx.db.read({ after: webhookEventByReference(ctx, reference) })).after;
  if (!after) throw new Error("the event is gone");
  return { event: after, replayed: !duplicate };
}
