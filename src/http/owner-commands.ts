import * as z from "zod";
import { recordRevocationIntent } from "../../tools/record-revocation-intent.ts";
import { assertRedacted } from "../base/redaction.ts";
import { revocationIntentFields } from "../commerce/access/revocation-intent.ts";
import { withdrawRevocationIntent } from "../commerce/access/withdraw-revocation-intent.ts";
import { eventFields, eventShape, replayEvent } from "../commerce/purchase/replay-event.ts";
import { ROUTES } from "../commerce/routes.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import type { Site } from "../site.ts";
import { jsonResponse } from "./json.ts";
import { asOwner } from "./owner-door.ts";

const withdrawn = {
  mediaType: "application/json",
  name: "Withdrawal",
  shape: recordRevocationIntent.output.extend({ closesIntentId: z.string().optional() }),
};

export const withdrawalEndpoint: Endpoint = {
  id: "withdraw_revocation_intent",
  method: "post",
  path: `${ROUTES.revocationIntents}/:id/withdraw`,
  title: "Withdraw revocation intent",
  description: "Closes an open intent with a row of its own. A second call answers the same withdrawal.",
  group: "Owner",
  caller: "owner",
  params: { id: "The intent" },
  answers: {
    200: { means: "It was withdrawn before", body: withdrawn, headers: { always: ["Idempotent-Replayed"] } },
    201: { means: "Withdrawn", body: withdrawn },
  },
  refusals: ["not_found", "ineligible_state"],
};

export const replayEndpoint: Endpoint = {
  id: "replay_stripe_event",
  method: "post",
  path: `${ROUTES.stripeEvents}/:reference/replay`,
  title: "Replay an event of Stripe",
  description: "Applies a stored event again, from Stripe's own copy. A processed event stays as it is.",
  group: "Owner",
  caller: "owner",
  params: { reference: "The reference of the event in commerce://health" },
  answers: {
    200: {
      means: "The event as it stands now; replayed tells whether this call applied it",
      body: {
        mediaType: "application/json",
        name: "ReplayedEvent",
        shape: eventShape.extend({ replayed: z.boolean() }),
      },
      headers: { maybe: ["Idempotent-Replayed"] },
    },
  },
  refusals: ["not_found", "ineligible_state", "provider_unavailable"],
};

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
