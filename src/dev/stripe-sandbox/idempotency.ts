import { Refusal, refused } from "./errors.ts";
import { newId } from "./ids.ts";
import type { Reply } from "./reply.ts";
import type { Sandbox } from "./sandbox.ts";

const HOURS_24_MS = 24 * 60 * 60 * 1000;

/** The right to execute under a key, held by one request at a time. */
export interface Claim {
  claim: string;
}

/** The answer that is stored under a key. */
interface StoredAnswer {
  status: number;
  body: string;
  requestId: string;
}

/** A request with a key: a repeat must have the same path and fingerprint. */
interface KeyedRequest {
  key: string;
  path: string;
  fingerprint: string;
  requestId: string;
}

interface Row {
  path: string;
  fingerprint: string;
  request_id: string;
  status: number | null;
  body: string | null;
}

/**
 * Claims the key, or answers what is stored under it. Refuses a key that came with other parameters or another path, and a
 * key whose first request still runs. After 24 hours a key is free again.
 */
export async function claimKey({ db, livemode, now }: Sandbox, request: KeyedRequest): Promise<Claim | StoredAnswer> {
  const { key } = request;
  if (key.length > 255) {
    throw refused(`Idempotency keys can be at most 255 characters, and this one has ${key.length}.`);
  }
  for (;;) {
    const claim = newId("claim");
    const claimed = await db
      .prepare(
        `INSERT INTO idempotency_keys (livemode, key, claim, claimed_at, path, fingerprint, request_id) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (livemode, key) DO UPDATE SET claim = excluded.claim, claimed_at = excluded.claimed_at, path = excluded.path,
           fingerprint = excluded.fingerprint, request_id = excluded.request_id, status = NULL, body = NULL
           WHERE idempotency_keys.claimed_at <= ?
         RETURNING claim`,
      )
      .bind(Number(livemode), key, claim, now, request.path, request.fingerprint, request.requestId, now - HOURS_24_MS)
      .first();
    if (claimed !== null) return { claim };
    const row = await db
      .prepare(
        "SELECT path, fingerprint, request_id, status, body FROM idempotency_keys WHERE livemode = ? AND key = ?",
      )
      .bind(Number(livemode), key)
      .first<Row>();
    // The key was released between the two statements: claim it again.
    if (row === null) continue;
    assertSameRequest(row, request);
    if (row.status === null || row.body === null) throw inUse(key);
    return { status: row.status, body: row.body, requestId: row.request_id };
  }
}

/** Stores the answer under the key, in the batch that commits the change. The batch aborts when another request holds the key. */
export function storeAnswer(db: D1Database, { claim }: Claim, reply: Reply): D1PreparedStatement[] {
  return [
    db
      .prepare("UPDATE idempotency_keys SET status = ?, body = ? WHERE claim = ?")
      .bind(reply.status, reply.body, claim),
    db.prepare("INSERT INTO guards (changed) VALUES (changes())"),
  ];
}

/** Releases the key of a request that was refused before it ran. */
export async function releaseKey(db: D1Database, { claim }: Claim): Promise<void> {
  await db.prepare("DELETE FROM idempotency_keys WHERE claim = ?").bind(claim).run();
}

function assertSameRequest(row: Row, { key, path, fingerprint }: KeyedRequest): void {
  const other = `Try using a key other than '${key}' if you meant to execute a different request.`;
  if (row.path !== path) {
    throw new Refusal(400, {
      type: "idempotency_error",
      message: `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${path}' vs '${row.path}'). ${other}`,
    });
  }
  if (row.fingerprint !== fingerprint) {
    throw new Refusal(400, {
      type: "idempotency_error",
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. ${other}`,
    });
  }
}

function inUse(key: string): Refusal {
  return new Refusal(409, {
    type: "invalid_request_error",
    code: "idempotency_key_in_use",
    message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
  });
}
