import { assertRedacted } from "../base/redaction.ts";
import { revocationIntentFields } from "../commerce/access/revocation-intent.ts";
import { withdrawRevocationIntent } from "../commerce/access/withdraw-revocation-intent.ts";
import { eventFields, replayEvent } from "../commerce/purchase/replay-event.ts";
import type { Site } from "../site.ts";
import { jsonResponse } from "./json.ts";
import { asOwner } from "./owner-door.ts";

/** `POST …/revocation-intents/{id}/withdraw`: closes an open intent. 201; 200 when it was withdrawn before. */
export function serveWithdrawal(id: string, request: Request, site: Site): Promise<Response> {
  return asOwner("withdraw_revocation_intent", request, site, async (actor) => {
    const { intent, replayed } = await withdrawRevocationIntent(id, actor, site.ctx);
    return jsonResponse(assertRedacted(revocationIntentFields(intent)), {
      status: replayed ? 200 : 201,
      headers: replayed ? { "Idempotent-Replayed": "true" } : {},
    });
  });
}

/**
 * `POST /api/admin/stripe/events/{reference}/replay`: processes a stored event again. `reference` is our own id of the
 * event, which `commerce://health` lists. 200 also when the event was processed before: `replayed` tells.
 */
export function serveReplay(reference: string, request: Request, site: Site): Promise<Response> {
  return asOwner("replay_stripe_event", request, site, async (actor) => {
    const { event, replayed } = await replayEvent(reference, actor, site.ctx);
    return jsonResponse(assertRedacted({ ...eventFields(event), replayed }), {
      headers: replayed ? {} : { "Idempotent-Replayed": "true" },
    });
  });
}
