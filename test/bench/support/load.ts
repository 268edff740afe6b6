import { performance } from "node:perf_hooks";
import { signBody } from "../../../src/dev/stripe-sandbox/client.ts";
import { kinds, type Prepared } from "./prepared.ts";
import type { MeasuredWorker } from "./runtime.ts";
import { atOnce, type RawAnswer, type RawRequest, type Sender } from "./send.ts";

/** A request of the load, and the ways in which it may be answered: "success" or the code of a refusal. */
export interface Loaded {
  readonly kind: string;
  readonly request: RawRequest;
  readonly answers: readonly string[];
}

/** What came of one request. */
export interface Outcome {
  readonly kind: string;
  readonly answer: string;
  readonly expected: boolean;
  readonly ms: number;
}

/** The code of a refusal, in a tool's error or a problem; "success" for every other answer with 200. */
function answerIn({ status, body }: RawAnswer): string {
  const code = /\\?"code\\?":\\?"(\w+)\\?"/.exec(body)?.[1];
  if (status === 200 && !body.includes('"isError":true') && !body.includes('"error":{')) return "success";
  return code ?? `status ${status}`;
}

/** Sends requests, `many` at once: the next one as soon as one is answered. */
export function runLoad(sender: Sender, load: readonly Loaded[], many: number): Promise<Outcome[]> {
  return atOnce(load, many, async ({ kind, request, answers }) => {
    const begun = performance.now();
    const answer = answerIn(await sender.send(request));
    const ms = performance.now() - begun;
    return { kind, answer, expected: answers.includes(answer), ms };
  });
}

/** The percentile of some figures. */
export function percentile(figures: readonly number[], percent: number): number {
  const sorted = [...figures].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

/** The four calls that the floor has plans for, in turn. Writes are numbered from `from`. */
export function plannedLoad({ call }: Prepared, many: number, from: number): Loaded[] {
  return Array.from({ length: many }, (_, at) => {
    const kind = kinds[at % kinds.length] ?? "writes";
    return { kind, request: call(kind, from + Math.floor(at / kinds.length)), answers: ["success"] };
  });
}

export const page = (path: string): RawRequest => ({ method: "GET", path, headers: { accept: "text/html" } });

/** A call of the same client, of another tool or with other arguments. */
function altered(
  request: RawRequest,
  name: string,
  args: Readonly<Record<string, unknown>>,
  keep: boolean,
): RawRequest {
  const body = JSON.parse(request.body ?? "") as { params: { name: string; arguments: Record<string, unknown> } };
  body.params.arguments = { ...(keep && body.params.arguments), ...args };
  body.params.name = name;
  const headers = { ...request.headers, ...("mcp-name" in request.headers && { "mcp-name": name }) };
  return { ...request, headers, body: JSON.stringify(body) };
}

/** What the requests of a mixed load are made from. */
interface Mixture {
  readonly prepared: Prepared;
  /** The body of an event that Stripe sent. */
  readonly event: string;
  readonly secret: string;
  readonly offer: { readonly confirmationText: string; readonly updatedAt: string };
}

/** Keys and ids that a mixed load used, for a look at the database afterwards. */
export interface Used {
  readonly writes: Set<string>;
  readonly events: Set<string>;
}

/**
 * Rounds of twelve mixed requests: lists, reads, replays, a write sent twice, an event sent twice, refused calls, pages and
 * checkouts. The writes of the rounds are numbered from `from`.
 */
export async function mixedLoad(mixture: Mixture, rounds: number, from: number, used: Used): Promise<Loaded[]> {
  const { prepared, event, secret, offer } = mixture;
  const { call } = prepared;
  const load: Loaded[] = [];
  for (let number = from; number < from + rounds; number++) {
    const write = {
      kind: "a write, twice",
      request: call("writes", number),
      answers: ["success", "operation_in_progress"],
    };
    used.writes.add(`bench-write-${number}`);
    const { id } = JSON.parse(event) as { id: string };
    used.events.add(`${id}_${number}`);
    const body = event.replaceAll(id, `${id}_${number}`);
    const delivered = {
      kind: "an event, twice",
      request: {
        method: "POST",
        path: "/api/stripe/webhook",
        headers: {
          "content-type": "application/json",
          "stripe-signature": await signBody(body, secret, Math.floor(Date.now() / 1000)),
        },
        body,
      },
      answers: ["success"],
    };
    const wrong = altered(
      call("writes", number),
      "record_post_purchase_decision",
      { confirmationText: "Go on", idempotencyKey: `wrong-${number}` },
      true,
    );
    const checkout = altered(
      call("writes", number),
      "start_checkout",
      {
        offerId: "sandbox-launch-pass",
        confirmationText: offer.confirmationText,
        expectedUpdatedAt: offer.updatedAt,
        idempotencyKey: `bench-start-${number}`,
      },
      false,
    );
    load.push(
      { kind: "a list", request: call("lists the tools", 0), answers: ["success"] },
      { kind: "a read", request: call("reads an offer", 0), answers: ["success"] },
      { kind: "a replay", request: call("replays a write", 0), answers: ["success"] },
      write,
      write,
      delivered,
      delivered,
      { kind: "a refused call", request: wrong, answers: ["confirmation_mismatch"] },
      { kind: "a page", request: page("/offers"), answers: ["success"] },
      { kind: "a page", request: page("/"), answers: ["success"] },
      { kind: "a read", request: call("reads an offer", 0), answers: ["success"] },
      // An account may have so many open checkouts, and start so many a day.
      { kind: "a checkout", request: checkout, answers: ["success", "ineligible_state", "rate_limited"] },
    );
  }
  return load;
}

/** Counts the rows of the keys and ids that were sent. */
export async function rowsOf(worker: MeasuredWorker, used: Used) {
  const db = await worker.db;
  const among = async (sql: string, values: ReadonlySet<string>) =>
    (await db
      .prepare(sql)
      .bind(JSON.stringify([...values]))
      .first<{ rows: number; distinct: number }>()) ?? { rows: 0, distinct: 0 };
  return {
    operations: await among(
      `SELECT count(*) AS "rows", count(DISTINCT idempotency_key) AS "distinct" FROM operations
       WHERE status = 'succeeded' AND idempotency_key IN (SELECT value FROM json_each(?))`,
      used.writes,
    ),
    decisions: await among(
      `SELECT count(*) AS "rows", count(DISTINCT operation_id) AS "distinct" FROM checkout_post_purchase_decisions
       WHERE operation_id IN (SELECT id FROM operations WHERE idempotency_key IN (SELECT value FROM json_each(?)))`,
      used.writes,
    ),
    events: await among(
      `SELECT count(*) AS "rows", count(DISTINCT id) AS "distinct" FROM stripe_webhook_events
       WHERE id IN (SELECT value FROM json_each(?))`,
      used.events,
    ),
  };
}
