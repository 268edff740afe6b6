import { listOf, pageOf, whereBody } from "./collection.ts";
import { checkoutExpired } from "./outcomes.ts";
import { choice, expandable, fields, notSimulated, pagination, range, text } from "./parameters.ts";
import { paymentIntents } from "./payment-intents.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";
import { pricedLines } from "./session-lines.ts";
import { createSessionParameters } from "./session-parameters.ts";
import { checkCreateSession } from "./session-rules.ts";
import { newSession, type StoredSession, sessions } from "./sessions.ts";

const createSession = route(
  "POST /v1/checkout/sessions",
  createSessionParameters,
  async (sandbox, { parameters }) => {
    const lines = await pricedLines(sandbox, parameters.line_items);
    const { body, hidden } = newSession(sandbox, parameters, lines);
    return {
      body: await expanded(sandbox, { body, hidden, revision: 1 }, parameters.expand),
      change: { writes: sessions.insert(sandbox, body, hidden), events: [] },
    };
  },
  checkCreateSession,
);

const retrieveSession = route(
  "GET /v1/checkout/sessions/:id",
  { expand: expandable("line_items", "payment_intent") },
  async (sandbox, { id, parameters }) => {
    return { body: await expanded(sandbox, await sessions.require(sandbox, id, "session"), parameters.expand) };
  },
);

const listSessions = route(
  "GET /v1/checkout/sessions",
  {
    ...pagination,
    created: range(),
    customer: text(),
    customer_account: notSimulated(),
    customer_details: fields({ email: text() }),
    expand: expandable("data.line_items", "data.payment_intent"),
    payment_intent: text(),
    payment_link: notSimulated(),
    status: choice(["complete", "expired", "open"]),
    subscription: text(),
  },
  async (sandbox, { parameters }) => {
    const filters = [
      ...whereBody("status", parameters.status),
      ...whereBody("payment_intent", parameters.payment_intent),
      ...whereBody("subscription", parameters.subscription),
      ...whereBody("customer", parameters.customer),
      ...whereBody("customer_details.email", parameters.customer_details?.email),
    ];
    const { items, hasMore, url } = await sessions.page(sandbox, parameters, filters);
    const wanted = parameters.expand?.map((name) => name.replace(/^data\./, ""));
    return { body: listOf(url, await Promise.all(items.map((item) => expanded(sandbox, item, wanted))), hasMore) };
  },
);

const expireSession = route(
  "POST /v1/checkout/sessions/:id/expire",
  { expand: expandable("line_items", "payment_intent") },
  async (sandbox, { id, parameters }) => {
    const { session, change } = checkoutExpired(sandbox, await sessions.require(sandbox, id, "session"));
    return { body: await expanded(sandbox, session, parameters.expand), change };
  },
);

const listLineItems = route(
  "GET /v1/checkout/sessions/:id/line_items",
  { ...pagination, expand: expandable() },
  async (sandbox, { id, parameters }) => {
    const { hidden } = await sessions.require(sandbox, id, "session");
    return { body: pageOf(`/v1/checkout/sessions/${id}/line_items`, hidden.lineItems, parameters) };
  },
);

/** The calls of this resource. */
export const sessionRoutes = [createSession, listSessions, retrieveSession, expireSession, listLineItems];

async function expanded(
  sandbox: Sandbox,
  { body, hidden }: StoredSession,
  expand: string[] | undefined,
): Promise<object> {
  const lineItems = expand?.includes("line_items")
    ? { line_items: listOf(`/v1/checkout/sessions/${body.id}/line_items`, hidden.lineItems, false) }
    : {};
  const intent =
    expand?.includes("payment_intent") && typeof body.payment_intent === "string"
      ? { payment_intent: (await paymentIntents.require(sandbox, body.payment_intent, "payment_intent")).body }
      : {};
  return { ...body, ...lineItems, ...intent };
}
