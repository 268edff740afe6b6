import * as z from "zod";
import { Problem } from "../base/problem.ts";
import { readBytes } from "../base/read-body.ts";
import { refusalOf } from "../base/refusal.ts";
import { arrivalOf } from "../commerce/purchase/event-records.ts";
import { receiveEvent } from "../commerce/purchase/receive-event.ts";
import { ROUTES } from "../commerce/routes.ts";
import { WEBHOOK_STATUSES } from "../db/schema/vocabulary.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import type { Site } from "../site.ts";
import { verifyEvent } from "../stripe/verify-event.ts";
import { jsonResponse, problemResponse } from "./json.ts";
import { problemShape } from "./problem-shape.ts";

/** The largest body that is read. Stripe's events are far smaller. */
const MAX_EVENT_BYTES = 512 * 1024;

const TOO_LARGE = {
  type: "about:blank",
  title: "The body is too large",
  status: 413,
  code: "invalid_input",
  detail: `body: must be at most ${MAX_EVENT_BYTES} bytes`,
  field: "body",
};

export const webhookEndpoint: Endpoint = {
  id: "receive_stripe_event",
  method: "post",
  path: ROUTES.stripeWebhook,
  title: "Receive an event of Stripe",
  description:
    "For Stripe alone: the raw body of an event under its signature. An event that was recorded is answered with 200, also when it is blocked, ignored or failed.",
  group: "Service",
  caller: "stripe",
  headers: { "Stripe-Signature": { means: "Stripe's signature of the raw body", shape: z.string() } },
  body: {
    mediaType: "application/json",
    name: "StripeEvent",
    // A thin event is of another kind than "event".
    shape: z.looseObject({ id: z.string(), object: z.string(), type: z.string() }),
  },
  answers: {
    200: {
      means: "Recorded",
      body: {
        mediaType: "application/json",
        name: "ReceivedEvent",
        shape: z.object({
          received: z.literal(true),
          duplicate: z.boolean(),
          eventType: z.string(),
          status: z.enum(WEBHOOK_STATUSES),
        }),
      },
    },
    413: {
      means: TOO_LARGE.title,
      body: { mediaType: "application/problem+json", name: "Problem", shape: problemShape },
    },
  },
  refusals: ["invalid_input"],
};

/**
 * `POST /api/stripe/webhook`. 200 for each verified event that was recorded, also when it is blocked, ignored or failed,
 * since a repeat can't help. 400 for a wrong signature or body. 500 when recording failed: Stripe sends it again.
 */
export async function serveWebhook(request: Request, { ctx }: Site): Promise<Response> {
  const payload = await readBytes(request, MAX_EVENT_BYTES);
  if (!payload)
    return jsonResponse(TOO_LARGE, { status: 413, headers: { "Content-Type": "application/problem+json" } });
  const delivery = await verifyEvent(payload, request.headers.get("Stripe-Signature"), ctx.stripe, ctx.clock.now());
  switch (delivery.kind) {
    case "bad_signature":
      ctx.log({ event: "webhook", name: "webhook", code: "bad_signature" });
      return refused("signature", "The signature does not hold.");
    case "bad_body":
      return refused("body", "The body is not an event.");
    case "event":
      break;
  }
  const { event } = delivery;
  try {
    const { status, duplicate } = await receiveEvent(await arrivalOf(event, { cameBy: "webhook" }), ctx);
    ctx.log({ event: "webhook", name: event.type, code: duplicate ? "duplicate" : status });
    return jsonResponse({ received: true, duplicate, eventType: event.type, status });
  } catch (thrown) {
    return problemResponse(refusalOf(thrown, event.type, ctx.log));
  }
}

function refused(field: "signature" | "body", detail: string): Response {
  return problemResponse(new Problem("invalid_input", { detail, field }));
}
