import { canGrant } from "../auth/principal.ts";
import { scopeWords } from "../auth/scopes.ts";
import { Problem } from "../base/problem.ts";
import { type Actor, SCOPES } from "../kernel/actor.ts";

/**
 * A refusal for a missing scope with the way to get it, for a model to pass on: clients of protocol 2025 answer a 403 with
 * a refresh and then give up, so they get this as a tool error. Every other refusal stays as it is.
 */
export function withWayToScope(problem: Problem, actor: Actor | null, publicUrl: string): Problem {
  if (problem.code !== "insufficient_scope" || !actor) return problem;
  const scopes = SCOPES.filter((scope) => problem.details.scopes?.includes(scope));
  const { detail } = problem.details;
  if (!canGrant(actor, scopes)) {
    return new Problem("insufficient_scope", { detail: `${detail} Only the owner can grant it.`, scopes });
  }
  const ticks = scopes.map((scope) => `“${scopeWords[scope].title}”`).join(" and ");
  const way = `The person can grant it: end this connection at ${publicUrl}/account, reconnect and tick ${ticks}.`;
  return new Problem("insufficient_scope", { detail: `${detail} ${way}`, scopes });
}
