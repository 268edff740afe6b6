import { seconds } from "./clock.ts";
import { type SandboxEnv, webhookSecrets } from "./env.ts";
import { isDelivered, type WireEvent } from "./events.ts";
import { takeFault } from "./faults.ts";
import { newId } from "./ids.ts";
import type { Sandbox } from "./sandbox.ts";
import { signBody } from "./signature.ts";

const MAX_ATTEMPTS = 10;
const TIMEOUT_MS = 10_000;
/** A delivery that stays in `sending` for longer is sent again. */
const LEASE_MS = 30_000;

/** A delivery as the control API shows it. `signature` is of the current time. */
export interface Delivery {
  id: string;
  eventId: string;
  type: string;
  body: string;
  signature: string;
  state: "pending" | "sending" | "delivered" | "dropped" | "failed";
  attempts: number;
  lastStatus: number | null;
}

interface Row {
  id: string;
  event_id: string;
  type: string;
  url: string;
  body: string;
  state: Delivery["state"];
  attempts: number;
  last_status: number | null;
}

/** Queues an event for the endpoint; no statement where the endpoint does not get it. */
export function queueDeliveries(sandbox: Sandbox, event: WireEvent): D1PreparedStatement[] {
  const { db, env, now } = sandbox;
  if (!isDelivered(sandbox, event.type)) return [];
  return [
    db
      .prepare(
        `INSERT INTO deliveries (id, turn, event_id, type, url, body, next_attempt_at)
         SELECT ?, COALESCE(MAX(turn), 0) + 1, ?, ?, ?, ?, ? FROM deliveries`,
      )
      .bind(newId("whd"), event.id, event.type, env.WEBHOOK_URL, JSON.stringify(event), now),
  ];
}

/** The deliveries in the order of sending. */
export async function listDeliveries({ db, env, now }: Sandbox, only: { pending: boolean }): Promise<Delivery[]> {
  const condition = only.pending ? "WHERE state IN ('pending', 'sending')" : "";
  const { results } = await db.prepare(`SELECT * FROM deliveries ${condition} ORDER BY turn`).all<Row>();
  return Promise.all(
    results.map(async (row) => ({
      id: row.id,
      eventId: row.event_id,
      type: row.type,
      body: row.body,
      signature: await signed(env, row.body, now),
      state: row.state,
      attempts: row.attempts,
      lastStatus: row.last_status,
    })),
  );
}

/** Sends one delivery, in any state. False when the id is unknown. */
export async function sendDelivery(sandbox: Sandbox, id: string): Promise<boolean> {
  const row = await claim(sandbox, "id = ?", [id]);
  if (row === null) return false;
  await attempt(sandbox, row);
  return true;
}

/** Sends waiting deliveries in order; `due` leaves out those that back off. Answers the number of deliveries sent. */
export async function sendWaiting(sandbox: Sandbox, which: "due" | "all"): Promise<number> {
  const { now } = sandbox;
  const latest = which === "due" ? now : Number.MAX_SAFE_INTEGER;
  const done: string[] = [];
  for (;;) {
    const row = await claim(
      sandbox,
      `((state = 'pending' AND next_attempt_at <= ?) OR (state = 'sending' AND next_attempt_at <= ?))
       AND id NOT IN (SELECT value FROM json_each(?))`,
      [latest, now, JSON.stringify(done)],
    );
    if (row === null) return done.length;
    if ((await attempt(sandbox, row)) === "sent") done.push(row.id);
  }
}

/** With `DELIVERY` `push`, sends due deliveries after the response. */
export function pushLater(sandbox: Sandbox): void {
  if (sandbox.env.DELIVERY === "push") sandbox.later(sendWaiting(sandbox, "due"));
}

/** Claims the next delivery that meets the condition: one request at a time sends it. */
async function claim({ db, now }: Sandbox, condition: string, values: (string | number)[]): Promise<Row | null> {
  return db
    .prepare(
      `UPDATE deliveries SET state = 'sending', attempts = attempts + 1, next_attempt_at = ?
       WHERE id = (SELECT id FROM deliveries WHERE ${condition} ORDER BY turn LIMIT 1) RETURNING *`,
    )
    .bind(now + LEASE_MS, ...values)
    .first<Row>();
}

async function attempt(sandbox: Sandbox, row: Row): Promise<"sent" | "moved_behind"> {
  const { db } = sandbox;
  const fault = await takeFault(db, "delivery", row.type);
  switch (fault?.kind) {
    case "drop":
      await settle(sandbox, row, "dropped", null);
      break;
    case "unreachable":
      await retryLater(sandbox, row, null);
      break;
    case "answer_lost":
      await retryLater(sandbox, row, await post(sandbox, row));
      break;
    case "reorder":
      await db
        .prepare(
          `UPDATE deliveries SET state = 'pending', attempts = attempts - 1, next_attempt_at = ?,
             turn = (SELECT MAX(turn) + 1 FROM deliveries) WHERE id = ?`,
        )
        .bind(sandbox.now, row.id)
        .run();
      return "moved_behind";
    default: {
      let status: number | null = null;
      for (let copy = 0; copy < (fault?.kind === "repeat" ? (fault.copies ?? 2) : 1); copy++)
        status = await post(sandbox, row);
      if (status !== null && status >= 200 && status < 300) await settle(sandbox, row, "delivered", status);
      else await retryLater(sandbox, row, status);
    }
  }
  return "sent";
}

/** Posts the event as Stripe does. Answers the receiver's status; null when the connection failed or timed out. */
async function post({ env, now }: Sandbox, row: Row): Promise<number | null> {
  try {
    const response = await fetch(row.url, {
      method: "POST",
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "stripe-signature": await signed(env, row.body, now),
      },
      body: row.body,
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}

/** The signature by the secrets of the event's mode. */
function signed(env: SandboxEnv, body: string, now: number): Promise<string> {
  const { livemode } = JSON.parse(body) as WireEvent;
  return signBody(body, webhookSecrets(env, livemode), seconds(now));
}

async function settle(
  { db }: Sandbox,
  row: Row,
  state: "delivered" | "dropped" | "failed",
  status: number | null,
): Promise<void> {
  const statements = [
    db.prepare("UPDATE deliveries SET state = ?, last_status = ? WHERE id = ?").bind(state, status, row.id),
  ];
  if (state === "delivered") {
    statements.push(
      db.prepare("UPDATE objects SET body = json_set(body, '$.pending_webhooks', 0) WHERE id = ?").bind(row.event_id),
    );
  }
  await db.batch(statements);
}

/** Backs off by 1, 2, 4, … seconds; gives up after the tenth attempt. */
async function retryLater(sandbox: Sandbox, row: Row, status: number | null): Promise<void> {
  if (row.attempts >= MAX_ATTEMPTS) return settle(sandbox, row, "failed", status);
  await sandbox.db
    .prepare("UPDATE deliveries SET state = 'pending', last_status = ?, next_attempt_at = ? WHERE id = ?")
    .bind(status, sandbox.now + 1000 * 2 ** (row.attempts - 1), row.id)
    .run();
}
