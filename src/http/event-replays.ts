import { assertRedacted } from "../base/redaction.ts";
import { eventFields, replayEvent } from "../commerce/purchase/replay-event.ts";
import type { Site } from "../site.ts";
import { jsonResponse } from "./json.ts";
import { asOwner } from "./owner-writes.ts";

/**
 * `POST /api/admin/stripe/events/{reference}/replay`: a command of the owner's browser, which no tool has. The reference
 * is ours and stands in `commerce://health`. 200 also where the event had been processed before: `replayed` tells.
 */
export function serveReplay(reference: string, request: Request, site: Site): Promise<Response> {
  return asOwner("replay_stripe_event", request, site, async (actor) => {
    const { event, replayed } = await replayEvent(reference, actor, site.ctx);
    return jsonResponse(assertRedacted({ ...eventFields(event), replayed }), {
      headers: replayed ? {} : { "Idempotent-Replayed": "true" },
    });
  });
}
