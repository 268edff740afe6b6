import type Stripe from "stripe";
import { seconds } from "./clock.ts";
import { collection } from "./collection.ts";
import { newId } from "./ids.ts";
import { in2022, type OldLinks } from "./old-shapes.ts";
import type { Sandbox } from "./sandbox.ts";

/** The version of Stripe's API that the sandbox speaks. */
export const API_VERSION = "2026-10-28.endive";

/** An event of any type, as JSON. */
export interface WireEvent extends Omit<Stripe.EventBase, "data" | "type"> {
  type: string;
  data: { object: object; previous_attributes?: object };
}

/** All stored events. */
export const events = collection<WireEvent, null>("event", "events");

/**
 * An event about an object, in the account's version of events; `links` are ids that an older version shows. With
 * `before`, its `previous_attributes` are the fields that differ.
 */
export function eventOf(
  sandbox: Sandbox,
  type: Stripe.Event.Type | (string & {}),
  object: object,
  before?: object,
  links: OldLinks = {},
): WireEvent {
  const version = sandbox.account.eventsApiVersion;
  const rendered = (one: object) => (version === null ? one : in2022(one, links));
  const previous = before === undefined ? {} : { previous_attributes: differences(rendered(before), rendered(object)) };
  return {
    id: newId("evt"),
    object: "event",
    api_version: version ?? API_VERSION,
    created: seconds(sandbox.now),
    data: { object: rendered(object), ...previous },
    livemode: sandbox.livemode,
    pending_webhooks: isDelivered(sandbox, type) ? 1 : 0,
    request: sandbox.cause,
    type,
  } satisfies WireEvent;
}

/** True where the account has an endpoint, and the endpoint gets this type. */
export function isDelivered({ env, account }: Sandbox, type: string): boolean {
  return env.WEBHOOK_URL !== "" && !account.disabledEvents.includes(type);
}

/** The fields of `before` whose value differs in `now`, each whole. */
export function differences(before: object, now: object): object {
  const current = new Map(Object.entries(now).map(([name, value]) => [name, JSON.stringify(value)]));
  return Object.fromEntries(
    Object.entries(before).filter(([name, value]) => current.get(name) !== JSON.stringify(value)),
  );
}

/** Deletes all events; queued deliveries stay. Answers how many were deleted. */
export async function forgetEvents({ db }: Sandbox): Promise<number> {
  const { meta } = await db.prepare("DELETE FROM objects WHERE object = 'event'").run();
  return meta.changes;
}
