import { type Context, Hono } from "hono";
import { z } from "zod";
import { accountControl } from "./account-control.ts";
import { listCalls } from "./call-log.ts";
import { type Change, commit, decideAndCommit, eventsOnly } from "./change.ts";
import { advanceClock, readClock } from "./clock.ts";
import { bodyOf, refusalOf, type SandboxVariables } from "./control-door.ts";
import { listDeliveries, queueDeliveries, sendDelivery, sendWaiting } from "./deliveries.ts";
import { billDueSubscriptions } from "./due-subscriptions.ts";
import { noSuch } from "./errors.ts";
import { forgetEvents } from "./events.ts";
import { addFault, clearFaults, faultRequest } from "./faults.ts";
import { findSession, payHosted } from "./hosted-page.ts";
import { seedIds } from "./ids.ts";
import { eventRequest, injectedEvent } from "./injected-event.ts";
import { moneyControl } from "./money-control.ts";
import { checkoutExpired, checkoutSettled, expireOverdue } from "./outcomes.ts";
import { priceControl } from "./price-control.ts";
import { inMode, type Sandbox } from "./sandbox.ts";
import { type StoredSession, sessions } from "./sessions.ts";
import { subscriptionControl } from "./subscription-control.ts";

const TABLES = ["objects", "guards", "idempotency_keys", "deliveries", "faults", "calls", "account"] as const;

/** `/_sandbox/*`: the control API, for tests and developers. JSON, without an API key. */
export const control = new Hono<SandboxVariables>();

control.get("/calls", async (c) => c.json(await listCalls(c.var.sandbox.db)));

control.get("/sessions", async (c) => {
  const all = await sessions.all(c.var.sandbox);
  return c.json(all.map(({ body, hidden }) => ({ ...body, line_items: hidden.lineItems })));
});

control.post("/sessions/:id/pay", async (c) => {
  const { outcome, email } = await bodyOf(
    c,
    z.strictObject({ outcome: z.enum(["paid", "delayed", "failed"]), email: z.email().optional() }),
  );
  return actOnSession(c, (sandbox, id) => payHosted(sandbox, id, outcome, email ?? "test@example.com"));
});

control.post("/sessions/:id/settle", async (c) => {
  const { outcome } = await bodyOf(c, z.strictObject({ outcome: z.enum(["succeeded", "failed"]) }));
  return actOnSession(c, (sandbox, id) =>
    decideAndCommit(sandbox, async () =>
      checkoutSettled(sandbox, await sessions.require(sandbox, id, "session"), outcome),
    ),
  );
});

control.post("/sessions/:id/expire", (c) =>
  actOnSession(c, (sandbox, id) =>
    decideAndCommit(sandbox, async () => checkoutExpired(sandbox, await sessions.require(sandbox, id, "session"))),
  ),
);

control.post("/events", async (c) => {
  const request = await bodyOf(c, eventRequest);
  const sandbox = inMode(c.var.sandbox, request.livemode ?? false);
  const event = injectedEvent(sandbox, request);
  if (request.listed === false) await sandbox.db.batch(queueDeliveries(sandbox, event));
  else await commit(sandbox, eventsOnly(event));
  return c.json(event);
});

control.post("/events/forget", async (c) => c.json({ forgotten: await forgetEvents(c.var.sandbox) }));

control.get("/deliveries", async (c) =>
  c.json(await listDeliveries(c.var.sandbox, { pending: c.req.query("pending") === "1" })),
);

control.post("/deliveries/send-all", async (c) => c.json({ attempts: await sendWaiting(c.var.sandbox, "all") }));

control.post("/deliveries/:id/send", async (c) => {
  const id = c.req.param("id");
  if (!(await sendDelivery(c.var.sandbox, id))) throw noSuch("delivery", id, "id");
  return c.json((await listDeliveries(c.var.sandbox, { pending: false })).find((delivery) => delivery.id === id));
});

control.post("/faults", async (c) => {
  const fault = await bodyOf(c, faultRequest);
  await addFault(c.var.sandbox.db, fault);
  return c.json(fault);
});

control.delete("/faults", async (c) => {
  await clearFaults(c.var.sandbox.db);
  return c.json({ cleared: true });
});

control.post("/clock", async (c) => {
  const { advanceSeconds } = await bodyOf(c, z.strictObject({ advanceSeconds: z.number() }));
  const { db, env } = c.var.sandbox;
  await advanceClock(db, advanceSeconds);
  const moved = { ...c.var.sandbox, now: await readClock(env) };
  c.set("sandbox", moved);
  await expireOverdue(moved);
  await billDueSubscriptions(moved);
  return c.json({ now: new Date(moved.now).toISOString() });
});

control.post("/tick", async (c) => {
  const { sandbox } = c.var;
  const attempts = sandbox.env.DELIVERY === "push" ? await sendWaiting(sandbox, "due") : 0;
  return c.json({ now: new Date(sandbox.now).toISOString(), attempts });
});

control.post("/ids", async (c) => {
  const { seed } = await bodyOf(c, z.strictObject({ seed: z.int().nonnegative() }));
  seedIds(seed);
  return c.json({ seed });
});

control.post("/reset", async (c) => {
  seedIds(undefined);
  const { db } = c.var.sandbox;
  await db.batch([
    ...TABLES.map((table) => db.prepare(`DELETE FROM ${table}`)),
    db.prepare("UPDATE clock SET offset_ms = 0"),
  ]);
  return c.json({ reset: true });
});

control.route("/account", accountControl);
control.route("/prices", priceControl);
control.route("/subscriptions", subscriptionControl);
control.route("/", moneyControl);

control.onError(refusalOf);

async function actOnSession(
  c: Context<SandboxVariables>,
  act: (sandbox: Sandbox, id: string) => Promise<{ session: StoredSession; change: Change }>,
): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const found = await findSession(c.var.sandbox, id);
  if (found === null) throw noSuch("checkout.session", id, "session");
  const sandbox = inMode(c.var.sandbox, found.body.livemode);
  const { session } = await act(sandbox, id);
  return c.json(session.body);
}
