import type Stripe from "stripe";
import { seconds } from "./clock.ts";
import { collection, type Filter, listOf, whereBody } from "./collection.ts";
import { noSuch } from "./errors.ts";
import { newId } from "./ids.ts";
import { expandable, flag, list, pagination, type Reader, range, text } from "./parameters.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";

/** The version of Stripe's API that the sandbox speaks. */
export const API_VERSION = "2026-10-28.endive";

/** Stripe lists events for 30 days. */
const RETENTION_SECONDS = 30 * 24 * 60 * 60;

/** An event as it goes over the wire, whatever its type. */
export interface WireEvent extends Omit<Stripe.EventBase, "data" | "type"> {
  type: string;
  data: { object: object; previous_attributes?: object };
}

/** All stored events. */
export const events = collection<WireEvent, null>("event", "events");

/** An event that tells of an object as it is now, and what of it was different `before`. */
export function eventOf(
  sandbox: Sandbox,
  type: Stripe.Event.Type | (string & {}),
  object: object,
  before?: object,
): WireEvent {
  const previous = before === undefined ? {} : { previous_attributes: differences(before, object) };
  return {
    id: newId("evt"),
    object: "event",
    api_version: API_VERSION,
    created: seconds(sandbox.now),
    data: { object, ...previous },
    livemode: sandbox.livemode,
    pending_webhooks: sandbox.env.WEBHOOK_URL === "" ? 0 : 1,
    request: sandbox.cause,
    type,
  } satisfies WireEvent;
}

/** The fields of `before` that are no longer so, whole. */
export function differences(before: object, now: object): object {
  const current = new Map(Object.entries(now).map(([name, value]) => [name, JSON.stringify(value)]));
  return Object.fromEntries(
    Object.entries(before).filter(([name, value]) => current.get(name) !== JSON.stringify(value)),
  );
}

/** Empties the event list, as if Stripe had kept none of them; what waits to be delivered still is. */
export async function forgetEvents({ db }: Sandbox): Promise<number> {
  const { meta } = await db.prepare("DELETE FROM objects WHERE object = 'event'").run();
  return meta.changes;
}

const listEvents = route(
  "GET /v1/events",
  {
    ...pagination,
    created: range(),
    type: text(),
    types: list(text(), 20),
    delivery_success: flag(),
    expand: expandable(),
  } satisfies Record<keyof Stripe.EventListParams, Reader<unknown>>,
  async (sandbox, { parameters }) => {
    const filters = [
      stillKept(sandbox),
      ...whereBody("type", parameters.type),
      ...anyType(parameters.types),
      ...delivered(parameters.delivery_success),
    ];
    const { items, hasMore, url } = await events.page(sandbox, parameters, filters);
    return {
      body: listOf(
        url,
        items.map(({ body }) => body),
        hasMore,
      ),
    };
  },
);

const retrieveEvent = route("GET /v1/events/:id", { expand: expandable() }, async (sandbox, { id }) => {
  const { body } = await events.require(sandbox, id, "id");
  if (body.created < oldestKept(sandbox)) throw noSuch("event", id, "id");
  return { body };
});

/** The calls of this resource. */
export const eventRoutes = [listEvents, retrieveEvent];

function stillKept(sandbox: Sandbox): Filter {
  return { sql: "created >= ?", values: [oldestKept(sandbox)] };
}

function oldestKept({ now }: Sandbox): number {
  return seconds(now) - RETENTION_SECONDS;
}

function anyType(types: string[] | undefined): Filter[] {
  if (types === undefined) return [];
  return [{ sql: "json_extract(body, '$.type') IN (SELECT value FROM json_each(?))", values: [JSON.stringify(types)] }];
}

function delivered(success: boolean | undefined): Filter[] {
  if (success === undefined) return [];
  return [{ sql: `json_extract(body, '$.pending_webhooks') ${success ? "=" : ">"} 0`, values: [] }];
}
