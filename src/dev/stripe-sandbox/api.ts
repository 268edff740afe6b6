import {
  type ApiFault,
  bodyToSend,
  failEarly,
  refusalInsteadOfActing,
  replyToSee,
  replyToStore,
  waitInFlight,
} from "./api-faults.ts";
import { authenticate } from "./authentication.ts";
import { logAnswer, logArrival } from "./call-log.ts";
import { type Change, decideAndCommit, NO_CHANGE } from "./change.ts";
import { Refusal } from "./errors.ts";
import { API_VERSION } from "./events.ts";
import { takeFault } from "./faults.ts";
import { canonicalForm, decodeForm } from "./form.ts";
import { type Claim, claimKey, releaseKey, storeAnswer } from "./idempotency.ts";
import { newId } from "./ids.ts";
import { refuseUnknown } from "./parameters.ts";
import { failure, type Reply, success } from "./reply.ts";
import { assertPermitted } from "./rights.ts";
import { type AcceptedCall, findRoute } from "./route.ts";
import { routes } from "./routes.ts";
import type { Sandbox } from "./sandbox.ts";

/** A request to the API as it arrived. */
interface ApiRequest {
  id: string;
  method: string;
  path: string;
  authorization: string | null;
  /** The parameters, still encoded: the body, or the query of a GET. */
  raw: string;
  key: string | null;
  version: string | null;
}

/** Answers a request to the API: call log, authentication, faults, idempotency, then the call. */
export async function answerApi(raw: Request, unauthenticated: Sandbox): Promise<Response> {
  const { db, env, now } = unauthenticated;
  const request = await readRequest(raw);
  await logArrival(db, request, now);
  let livemode: boolean | null = null;
  let fault: ApiFault = null;
  let reply: Reply;
  try {
    ({ livemode } = authenticate(request.authorization, env));
    const found = findRoute(routes, request.method, request.path);
    if (found === null) throw unrecognized(request);
    assertPermitted(found.route, unauthenticated.account);
    fault = await takeFault(db, "api", found.route.name);
    failEarly(fault);
    const sandbox = { ...unauthenticated, livemode, cause: { id: request.id, idempotency_key: request.key } };
    const accept = () => {
      const form = decodeForm(request.raw);
      refuseUnknown(form, (name) => !sandbox.account.unknownParameters.includes(name), "");
      return found.route.accept(form, found.id, sandbox);
    };
    reply = await executeOnce(request, accept, sandbox, fault);
  } catch (error) {
    reply = failure(error);
  }
  const seen = await replyToSee(db, fault, reply);
  const replayed = reply.replayOf !== undefined;
  await logAnswer(db, request.id, { status: seen.status, replayed, fault: fault?.kind ?? null, livemode });
  return respond(request, seen, bodyToSend(fault, seen.body));
}

/** Executes the call once per idempotency key; a key with a stored answer replays it. A call without a key is always executed. */
async function executeOnce(
  request: ApiRequest,
  accept: () => Promise<AcceptedCall>,
  sandbox: Sandbox,
  fault: ApiFault,
): Promise<Reply> {
  if (request.key === null) return execute(await accept(), sandbox, null, fault);
  const claimed = await claimKey(sandbox, {
    key: request.key,
    path: request.path,
    fingerprint: canonicalForm(request.raw),
    requestId: request.id,
  });
  if (!("claim" in claimed)) return { status: claimed.status, body: claimed.body, replayOf: claimed.requestId };
  try {
    return await execute(await accept(), sandbox, claimed, fault);
  } catch (error) {
    await releaseKey(sandbox.db, claimed);
    throw error;
  }
}

/** Runs an accepted call. Its reply, a refusal too, is stored under the key in the batch that commits the change. */
async function execute(call: AcceptedCall, sandbox: Sandbox, claim: Claim | null, fault: ApiFault): Promise<Reply> {
  await waitInFlight(sandbox.db, fault);
  const { reply } = await decideAndCommit(
    sandbox,
    () => decide(call, sandbox, fault),
    (decided) => (claim === null ? [] : storeAnswer(sandbox.db, claim, decided.reply)),
  );
  return reply;
}

async function decide(
  call: AcceptedCall,
  sandbox: Sandbox,
  fault: ApiFault,
): Promise<{ reply: Reply; change: Change }> {
  const instead = refusalInsteadOfActing(fault);
  if (instead !== null) return { reply: failure(instead), change: NO_CHANGE };
  try {
    const { body, change = NO_CHANGE } = await call(sandbox);
    return { reply: replyToStore(fault, success(body)), change };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { reply: failure(error), change: NO_CHANGE };
  }
}

function respond(
  { id, key, version }: ApiRequest,
  { status, replayOf }: Reply,
  body: string | ReadableStream,
): Response {
  const headers = new Headers({
    "content-type": "application/json",
    "request-id": id,
    "stripe-version": version ?? API_VERSION,
    "cache-control": "no-cache, no-store",
  });
  if (key !== null) headers.set("idempotency-key", key);
  if (replayOf !== undefined) {
    headers.set("idempotent-replayed", "true");
    headers.set("original-request", replayOf);
  }
  return new Response(body, { status, headers });
}

async function readRequest(request: Request): Promise<ApiRequest> {
  const { pathname, search } = new URL(request.url);
  return {
    id: newId("req", 14),
    method: request.method,
    path: pathname,
    authorization: request.headers.get("authorization"),
    raw: request.method === "POST" ? new TextDecoder().decode(await request.arrayBuffer()) : search.slice(1),
    key: request.method === "POST" ? request.headers.get("idempotency-key") : null,
    version: request.headers.get("stripe-version"),
  };
}

function unrecognized({ method, path }: ApiRequest): Refusal {
  return new Refusal(404, {
    type: "invalid_request_error",
    message: `Unrecognized request URL (${method}: ${path}). The Stripe sandbox simulates only part of Stripe's API.`,
  });
}
