import { authenticate } from "./authentication.ts";
import { logAnswer, logArrival } from "./call-log.ts";
import { commit, LostRace } from "./change.ts";
import { brokenInside, Refusal } from "./errors.ts";
import { API_VERSION } from "./events.ts";
import { type Fault, pause, takeFault, untilCleared } from "./faults.ts";
import { canonicalForm, decodeForm, type FormFields, formToJson } from "./form.ts";
import { type Claim, claimKey, releaseKey, storeAnswer } from "./idempotency.ts";
import { newId } from "./ids.ts";
import { type AcceptedCall, findRoute, type Route } from "./route.ts";
import { routes } from "./routes.ts";
import type { Sandbox } from "./sandbox.ts";

type ApiFault = Fault<"api"> | null;

/** What the caller is to see: made once, stored as it is. */
interface Reply {
  status: number;
  body: string;
  /** The request that this is a replay of. */
  replayOf?: string;
}

/** A request of the API, read and decoded. */
interface ApiRequest {
  id: string;
  method: string;
  path: string;
  raw: string;
  form: FormFields;
  key: string | null;
  version: string | null;
}

/** The API's door: authentication, call log, faults, idempotency, then the call. */
export async function answerApi(request: Request, sandbox: Sandbox): Promise<Response> {
  const read = await readRequest(request);
  let reply: Reply;
  let fault: ApiFault = null;
  try {
    if (read instanceof Refusal) throw read;
    const { livemode } = await authenticatedArrival(request, read, sandbox);
    const found = findRoute(routes, read.method, read.path);
    if (found === null) throw unrecognized(read);
    fault = await takeFault(sandbox.db, "api", found.route.name);
    const cause = { id: read.id, idempotency_key: read.key };
    reply = await execute(read, found, { ...sandbox, livemode, cause }, fault);
  } catch (error) {
    reply = renderRefusal(error);
  }
  const id = read instanceof Refusal ? newId("req", 14) : read.id;
  const seen = await struckAfter(sandbox, reply, fault);
  await logAnswer(sandbox.db, id, {
    status: seen.status,
    replayed: reply.replayOf !== undefined,
    fault: fault?.kind ?? null,
  });
  return respond(id, read instanceof Refusal ? null : read, seen, fault);
}

async function authenticatedArrival(request: Request, read: ApiRequest, { db, env, now }: Sandbox) {
  const arrival = {
    requestId: read.id,
    at: now,
    method: read.method,
    path: read.path,
    params: formToJson(read.form),
    idempotencyKey: read.key,
    apiVersion: read.version,
  };
  try {
    const authenticated = authenticate(request.headers.get("authorization"), env);
    await logArrival(db, { ...arrival, livemode: authenticated.livemode });
    return authenticated;
  } catch (error) {
    if (error instanceof Refusal) await logArrival(db, { ...arrival, livemode: null });
    throw error;
  }
}

async function execute(
  read: ApiRequest,
  { route, id }: { route: Route; id: string },
  sandbox: Sandbox,
  fault: ApiFault,
): Promise<Reply> {
  if (fault?.kind === "fail_before") throw brokenInside();
  if (fault?.kind === "status" && !fault.stored) throw asked(fault);
  if (read.key === null || read.method !== "POST") {
    await struckInFlight(sandbox, fault);
    return run(sandbox, route.accept(read.form, id, sandbox), null, fault);
  }
  const claimed = await claimKey(sandbox, {
    key: read.key,
    path: read.path,
    fingerprint: `${read.method} ${read.path} ${canonicalForm(read.raw)}`,
    requestId: read.id,
  });
  if (!("claim" in claimed)) return { status: claimed.status, body: claimed.body, replayOf: claimed.requestId };
  try {
    const call = route.accept(read.form, id, sandbox);
    await struckInFlight(sandbox, fault);
    return await run(sandbox, call, claimed, fault);
  } catch (error) {
    await releaseKey(sandbox.db, claimed);
    throw error;
  }
}

/** Runs an accepted call; what it answers, a refusal too, is stored under the key in the batch that acts. */
async function run(sandbox: Sandbox, call: AcceptedCall, claim: Claim | null, fault: ApiFault): Promise<Reply> {
  const store = (reply: Reply) => (claim === null ? [] : storeAnswer(sandbox.db, claim, reply.status, reply.body));
  const nothing = { writes: [], events: [] };
  for (let attempt = 1; ; attempt++) {
    const instead = storedInstead(fault);
    let change = nothing as Parameters<typeof commit>[1];
    let reply: Reply;
    try {
      if (instead !== null && fault?.kind !== "stored_500_after") throw instead;
      const answer = await call(sandbox);
      change = answer.change ?? nothing;
      reply = instead === null ? { status: 200, body: JSON.stringify(answer.body, null, 2) } : renderRefusal(instead);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      reply = renderRefusal(error);
    }
    try {
      await commit(sandbox, change, store(reply));
      return reply;
    } catch (error) {
      if (!(error instanceof LostRace) || attempt === 20) throw error;
    }
  }
}

/** The failure that a fault stores under the key in place of the true answer. */
function storedInstead(fault: ApiFault): Refusal | null {
  if (fault?.kind === "stored_500" || fault?.kind === "stored_500_after") return brokenInside();
  return fault?.kind === "status" ? asked(fault) : null;
}

async function struckInFlight({ db }: Sandbox, fault: ApiFault): Promise<void> {
  if (fault?.kind === "delay") await pause(fault.ms ?? 0);
  if (fault?.kind === "hold") await untilCleared(db);
}

async function struckAfter({ db }: Sandbox, reply: Reply, fault: ApiFault): Promise<Reply> {
  if (fault?.kind === "delay_after") await pause(fault.ms ?? 0);
  if (fault?.kind === "hold_after") await untilCleared(db);
  return fault?.kind === "fail_after" ? renderRefusal(brokenInside()) : reply;
}

function respond(id: string, read: ApiRequest | null, reply: Reply, fault: ApiFault): Response {
  const headers = new Headers({
    "content-type": "application/json",
    "request-id": id,
    "stripe-version": read?.version ?? API_VERSION,
    "cache-control": "no-cache, no-store",
  });
  if (read?.key) headers.set("idempotency-key", read.key);
  if (reply.replayOf !== undefined) {
    headers.set("idempotent-replayed", "true");
    headers.set("original-request", reply.replayOf);
  }
  const cut = fault?.kind === "cut_body" ? reply.body.length / 2 : fault?.kind === "drop_connection_after" ? 0 : null;
  return new Response(cut === null ? reply.body : brokenOff(reply.body.slice(0, cut)), {
    status: reply.status,
    headers,
  });
}

/** A body that ends in a reset connection; with no beginning, the reset comes before any answer. */
function brokenOff(beginning: string): ReadableStream {
  return new ReadableStream({
    start(controller) {
      if (beginning !== "") controller.enqueue(new TextEncoder().encode(beginning));
    },
    async pull(controller) {
      // What was enqueued leaves the machine before the reset, or the caller would see no answer at all.
      if (beginning !== "") await pause(50);
      controller.error(new Error("The connection is reset, as a fault asked."));
    },
  });
}

async function readRequest(request: Request): Promise<ApiRequest | Refusal> {
  const { pathname, search } = new URL(request.url);
  const raw = request.method === "GET" ? search.slice(1) : await request.text();
  try {
    return {
      id: newId("req", 14),
      method: request.method,
      path: pathname,
      raw,
      form: decodeForm(raw),
      key: request.method === "POST" ? request.headers.get("idempotency-key") : null,
      version: request.headers.get("stripe-version"),
    };
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function renderRefusal(error: unknown): Reply {
  if (error instanceof Refusal) return { status: error.status, body: JSON.stringify(error.body, null, 2) };
  console.error("The Stripe sandbox failed:", error);
  return renderRefusal(brokenInside());
}

function asked(fault: Fault<"api">): Refusal {
  const status = fault.status ?? 500;
  return new Refusal(status, {
    type: fault.type ?? (status >= 500 ? "api_error" : "invalid_request_error"),
    message: `A fault asked for this ${status}.`,
    ...(fault.code === undefined ? {} : { code: fault.code }),
  });
}

function unrecognized({ method, path }: ApiRequest): Refusal {
  return new Refusal(404, {
    type: "invalid_request_error",
    message: `Unrecognized request URL (${method}: ${path}). The Stripe sandbox simulates only part of Stripe's API.`,
  });
}
