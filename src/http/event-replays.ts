import { assertRedacted } from "../base/redaction.ts";
import { eventFields, replayEvent } from "../commerce/purchase/replay-event.ts";
import { jsonResponse } from "./json.ts";
import { asOwner } from "./owner-writes.ts";
import type { HttpParts } from "./parts.ts";

/**
 * `POST /api/admin/stripe/events/{reference}/replay`: a command of the owner's browser, which no tool has. The reference
 * is ours and stands in `commerce://health`. 200 also where the event had been processed before: `replayed` tells.
 */
export function serveReplay(reference: string, request: Request, parts: HttpParts): Promise<Response> {
  return asOwner("replay_stripe_event", request, parts, async (actor) => {
    const { event, replayed } = await replayEvent(reference, actor, parts.ctx);
    return jsonResponse(assertRedacted({ ...eventFields(event), replayed }), {
      headers: replayed ? {} : { "Idempotent-Replayed": "true" },
    });
  });
}
