import { decodeForm, formToJson } from "./form.ts";

/** An API call as the control API shows it. The API key of the call is not stored. */
export interface LoggedCall {
  requestId: string;
  at: number;
  method: string;
  path: string;
  params: unknown;
  idempotencyKey: string | null;
  apiVersion: string | null;
  /** Null while the call runs, and for a call without an accepted API key. */
  livemode: boolean | null;
  /** Null while the call runs. */
  status: number | null;
  replayed: boolean;
  /** The kind of the fault that the call met. */
  fault: string | null;
}

interface Row {
  request_id: string;
  at: number;
  method: string;
  path: string;
  params: string;
  idempotency_key: string | null;
  api_version: string | null;
  livemode: number | null;
  status: number | null;
  replayed: number;
  fault: string | null;
}

/** Stores a call at its arrival. */
export async function logArrival(
  db: D1Database,
  call: { id: string; method: string; path: string; raw: string; key: string | null; version: string | null },
  at: number,
): Promise<void> {
  await db
    .prepare(
      "INSERT INTO calls (request_id, at, method, path, params, idempotency_key, api_version) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(call.id, at, call.method, call.path, JSON.stringify(readable(call.raw)), call.key, call.version)
    .run();
}

/** Stores the status that the caller saw. */
export async function logAnswer(
  db: D1Database,
  requestId: string,
  { status, replayed, fault, livemode }: Pick<LoggedCall, "status" | "replayed" | "fault" | "livemode">,
): Promise<void> {
  await db
    .prepare("UPDATE calls SET status = ?, replayed = ?, fault = ?, livemode = ? WHERE request_id = ?")
    .bind(status, Number(replayed), fault, livemode === null ? null : Number(livemode), requestId)
    .run();
}

/** All calls in the order of arrival. */
export async function listCalls(db: D1Database): Promise<LoggedCall[]> {
  const { results } = await db.prepare("SELECT * FROM calls ORDER BY position").all<Row>();
  return results.map((row) => ({
    requestId: row.request_id,
    at: row.at,
    method: row.method,
    path: row.path,
    params: JSON.parse(row.params) as unknown,
    idempotencyKey: row.idempotency_key,
    apiVersion: row.api_version,
    livemode: row.livemode === null ? null : row.livemode === 1,
    status: row.status,
    replayed: row.replayed === 1,
    fault: row.fault,
  }));
}

/** The parameters as JSON, or the encoded text when it can't be decoded. */
function readable(raw: string): unknown {
  try {
    return formToJson(decodeForm(raw));
  } catch {
    return raw;
  }
}
