import { z } from "zod";
import { API_VERSION, eventOf, type WireEvent } from "./events.ts";
import { newId } from "./ids.ts";
import type { Sandbox } from "./sandbox.ts";

/** An event as the control API takes it; a field that is left out gets the value that Stripe would give it now. */
export const eventRequest = z.strictObject({
  type: z.string().min(1),
  object: z.record(z.string(), z.unknown()),
  livemode: z.boolean().optional(),
  id: z.string().optional(),
  created: z.int().optional(),
  apiVersion: z.string().nullable().optional(),
  /** A connected account, as on events of Connect. */
  account: z.string().optional(),
  previousAttributes: z.record(z.string(), z.unknown()).optional(),
  /** False: the event is delivered and not listed, so two payloads can have one id. */
  listed: z.boolean().optional(),
});

/** An event as a client sends it. */
export type EventRequest = z.input<typeof eventRequest>;

/** The event of a request. */
export function injectedEvent(sandbox: Sandbox, request: z.output<typeof eventRequest>): WireEvent {
  const usual = eventOf(sandbox, request.type, {});
  return {
    ...usual,
    id: request.id ?? newId("evt"),
    created: request.created ?? usual.created,
    api_version: request.apiVersion === undefined ? API_VERSION : request.apiVersion,
    ...(request.account === undefined ? {} : { account: request.account }),
    data: {
      object: request.object,
      ...(request.previousAttributes === undefined ? {} : { previous_attributes: request.previousAttributes }),
    },
  };
}
