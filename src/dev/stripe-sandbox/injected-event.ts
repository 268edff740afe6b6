import { z } from "zod";
import { eventOf, type WireEvent } from "./events.ts";
import { newId } from "./ids.ts";
import type { Sandbox } from "./sandbox.ts";

/** An event out of thin air, as the control API takes it: what is left out is as Stripe would make it now. */
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
  /** False: it is delivered, and stands in no list. So one id can come with two payloads. */
  listed: z.boolean().optional(),
});

/** An event out of thin air, as a test writes it. */
export type EventRequest = z.input<typeof eventRequest>;

/** Makes the event that was asked for. */
export function injectedEvent(sandbox: Sandbox, asked: z.output<typeof eventRequest>): WireEvent {
  const usual = eventOf(sandbox, asked.type, asked.object);
  return {
    ...usual,
    id: asked.id ?? newId("evt"),
    created: asked.created ?? usual.created,
    api_version: asked.apiVersion === undefined ? usual.api_version : asked.apiVersion,
    ...(asked.account === undefined ? {} : { account: asked.account }),
    data: {
      object: asked.object,
      ...(asked.previousAttributes === undefined ? {} : { previous_attributes: asked.previousAttributes }),
    },
  };
}
