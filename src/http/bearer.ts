import { canGrant, insufficientScopeChallenge, type Principal } from "../auth/principal.ts";
import { tokenActor } from "../auth/token-actor.ts";
import type { Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Site } from "../site.ts";
import { problemResponse } from "./json.ts";

/** Answers for the actor of a bearer token, or refuses; a refusal that a new grant can cure is a challenge. */
export async function withBearer(
  name: string,
  request: Request,
  site: Site,
  execution: ExecutionContext,
  answer: (actor: Actor) => Promise<Response>,
): Promise<Response> {
  const principal = await site.auth.bearer(request, "api", execution);
  try {
    if (principal instanceof Response) {
      // Each refused token is read from the token store, so they are counted.
      await site.ctx.limits.checkNetwork("publicReads", request);
      return principal;
    }
    return await answer(tokenActor(principal, site.ctx.db, null));
  } catch (thrown) {
    const problem = refusalOf(thrown, name, site.ctx.log);
    if (problem.code === "unauthenticated") return site.auth.invalidToken(request, "api", execution);
    const challenge = principal instanceof Response ? undefined : stepUp(problem, principal);
    return challenge ?? problemResponse(problem);
  }
}

/** The challenge for a missing scope that this person could grant; undefined for one that they can't. */
function stepUp(problem: Problem, principal: Principal): Response | undefined {
  const scopes = (problem.details.scopes ?? []) as Parameters<typeof canGrant>[1];
  if (problem.code !== "insufficient_scope" || !canGrant(principal, scopes)) return undefined;
  return insufficientScopeChallenge(principal, scopes);
}
