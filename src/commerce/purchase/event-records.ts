import { insertAudit } from "../../db/audit.ts";
import type { Query } from "../../db/database.ts";
import type { EventRow } from "../../db/webhook-events.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Context } from "../../kernel/context.ts";

/** That the owner asked for an event to be looked at again, and what came of it. The subject is our own reference. */
export function replayAudit(
  { reference, status, checkoutIntentId, id }: Pick<EventRow, "reference" | "status" | "checkoutIntentId" | "id">,
  actor: Actor,
  now: number,
  ctx: Context,
): Query[] {
  return [
    insertAudit(
      ctx,
      {
        checkoutIntentId,
        eventKind: "stripe_event_replayed",
        subjectId: reference,
        subjectStatus: status,
        summary: "The owner had an event of the payment provider looked at again.",
      },
      { actorKind: actor.kind, actorId: actor.id, stripeEventId: id },
      now,
    ),
  ];
}

/**
 * Why processing failed, for the private column: class and message of the innermost cause. The layers above it quote
 * whole statements with their values.
 */
export function privateReason(thrown: unknown): string {
  let cause = thrown;
  for (let depth = 0; depth < 5 && cause instanceof Error && cause.cause !== undefined; depth++) cause = cause.cause;
  return (cause instanceof Error ? `${cause.name}: ${cause.message}` : typeof cause).slice(0, 300);
}
