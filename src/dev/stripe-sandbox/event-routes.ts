import type Stripe from "stripe";
import { seconds } from "./clock.ts";
import { type Filter, whereBody } from "./collection.ts";
import { noSuch } from "./errors.ts";
import { events } from "./events.ts";
import { expandable, flag, list, pagination, type Reader, range, text } from "./parameters.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";

/** Stripe lists events for 30 days. */
const RETENTION_SECONDS = 30 * 24 * 60 * 60;

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
    return { body: await events.list(sandbox, parameters, filters) };
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
