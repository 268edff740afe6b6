import { actorOf } from "../auth/actor.ts";
import { canGrant, insufficientScopeChallenge, type Principal } from "../auth/principal.ts";
import type { Problem } from "../base/problem.ts";
import { readJsonObject } from "../base/read-body.ts";
import { refusalOf } from "../base/refusal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import { runWrite } from "../kernel/run-write.ts";
import { requestSchema } from "../kernel/write-request.ts";
import { publishedSchema } from "../mcp/tool-schema.ts";
import type { Site } from "../site.ts";
import { jsonResponse, problemResponse } from "./json.ts";

/** The HTTP twin of a write: 201 the first time, 200 with `Idempotent-Replayed: true` on a replay. */
export async function serveWrite(
  write: ConfirmedWrite,
  request: Request,
  site: Site,
  execution: ExecutionContext,
): Promise<Response> {
  return withBearer(write.name, request, site, execution, async (actor) => {
    await site.limits.actor(actor.id);
    return answerWrite(write, request, actor, site);
  });
}

/** Runs a write with the body's arguments and the header's key, for an actor whose door has let them in. */
export async function answerWrite(
  write: ConfirmedWrite,
  request: Request,
  actor: Actor,
  { ctx }: Site,
): Promise<Response> {
  const body = await readJsonObject(request);
  const key = request.headers.get("Idempotency-Key");
  // The key has one place on HTTP; in the body it would be an argument that nobody knows.
  const { idempotencyKey: misplaced, ...rest } = body;
  const args = {
    ...rest,
    ...(misplaced !== undefined && { "body.idempotencyKey": misplaced }),
    ...(key !== null && { idempotencyKey: key }),
  };
  const answer = await runWrite(write, { actor, args }, ctx);
  return jsonResponse(answer, {
    status: answer.replayed ? 200 : 201,
    headers: answer.replayed ? { "Idempotent-Replayed": "true" } : {},
  });
}

/** `GET /api/operations/{id}`: the resource of the same name over HTTP. */
export async function serveOperation(id: string, request: Request, site: Site, execution: ExecutionContext) {
  return withBearer("operation", request, site, execution, async (actor) => {
    await site.limits.actor(actor.id);
    return jsonResponse(await site.ctx.readResource(`commerce://operations/${encodeURIComponent(id)}`, actor));
  });
}

/** What a write's route says of itself to whoever asks with GET: everything but the exact text of a subject. */
export function contractOf(write: ConfirmedWrite) {
  return {
    write: write.name,
    title: write.title,
    description: write.description,
    route: write.route,
    scope: write.scope,
    headers: { "Idempotency-Key": "required" },
    inputSchema: publishedSchema(requestSchema(write).omit({ idempotencyKey: true }), "input"),
    outputSchema: publishedSchema(write.output, "output"),
    publicSafeFields: Object.keys(write.output.shape),
    serverPrivateFields: write.contract.serverPrivateFields,
    rawStripeIdsIncluded: false,
  };
}

/** Answers for the actor of a bearer token; a refusal is rendered, and a challenge is made of one that can be cured. */
export async function withBearer(
  name: string,
  request: Request,
  site: Site,
  execution: ExecutionContext,
  answer: (actor: Actor) => Promise<Response>,
): Promise<Response> {
  const principal = await site.auth.bearer(request, "api", execution);
  if (principal instanceof Response) return principal;
  try {
    return await answer(actorOf(principal, site.ctx.db, null));
  } catch (thrown) {
    const problem = refusalOf(thrown, name, site.ctx.log);
    if (problem.code === "unauthenticated") return site.auth.invalidToken(request, "api", execution);
    return stepUp(problem, principal) ?? problemResponse(problem);
  }
}

/** A challenge where this person could grant the scope; a plain refusal where they never can. */
function stepUp(problem: Problem, principal: Principal): Response | undefined {
  const scopes = (problem.details.scopes ?? []) as Parameters<typeof canGrant>[1];
  if (problem.code !== "insufficient_scope" || !canGrant(principal, scopes)) return undefined;
  return insufficientScopeChallenge(principal, scopes);
}
