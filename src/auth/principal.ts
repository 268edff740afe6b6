import { insufficientScope } from "@cloudflare/workers-oauth-provider";
import { notFound, Problem } from "../base/problem.ts";
import type { Scope } from "../kernel/actor.ts";
import type { AuthContext } from "./context.ts";
import type { ResourceName } from "./oauth.ts";
import { entitledScopes } from "./scopes.ts";
import { grantIdOfToken } from "./token-store.ts";

/** The person, client and scopes of a valid bearer token, before its grant is checked in D1. */
export interface Principal {
  readonly userId: string;
  readonly grantId: string;
  readonly clientId: string;
  /** The name that the client declares for itself, cleaned for display; unproven. */
  readonly clientName: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Whether the person is the owner, who can grant owner scopes. `scopes` says what this token may do. */
  readonly isOwner: boolean;
  /** The audience of the token. */
  readonly resource: string;
}

/**
 * The principal of a request to one of the two resources, or the answer that refuses it, with the challenge of
 * RFC 6750 section 3 and RFC 9728 section 5.1. Only the Authorization header is read: a token in a URL would be logged.
 * Only the token store is read; the caller puts `grantCheck` into its own batch and calls `assertGrant`.
 */
export async function bearerPrincipal(
  auth: AuthContext,
  request: Request,
  resource: ResourceName,
  context: ExecutionContext,
): Promise<Principal | Response> {
  const token = await auth.oauth.validate(request, resource, context);
  if (token instanceof Response) return explained(token);
  const grantId = grantIdOfToken(token.auth.token);
  if (!grantId) return invalidToken(auth, request, resource, context);
  const isOwner = token.props.userId === auth.ownerUserId;
  // A token has the authority of the session that granted it, as the deployment's setting for sessions is today.
  const proven = token.props.secondFactor || !auth.ownerNeedsFactor;
  return {
    userId: token.props.userId,
    grantId,
    clientId: token.auth.clientId ?? "",
    clientName: token.props.clientName,
    scopes: new Set(entitledScopes(token.auth.scope, { isOwner: isOwner && proven }, auth.offeredScopes)),
    isOwner,
    resource: token.auth.audience,
  };
}

/** The 401 `invalid_token` for a principal whose grant has ended. */
export async function invalidToken(
  auth: AuthContext,
  request: Request,
  resource: ResourceName,
  context: ExecutionContext,
): Promise<Response> {
  return explained(await auth.oauth.refuse(request, resource, context));
}

/**
 * The 403 that makes a client ask for more scopes (RFC 6750 section 3.1). It names the token's scopes beside the needed
 * ones: clients take the list as complete, and would lose the scopes that it leaves out.
 * A principal who can never get the scopes would be sent in circles: check `canGrant` first.
 */
export function insufficientScopeChallenge(principal: Principal, needed: readonly Scope[]): Response {
  const scopes = [...new Set([...principal.scopes, ...needed])];
  const challenge = insufficientScope({ token: "", audience: principal.resource, scope: [] }, scopes);
  challenge.headers.set("Access-Control-Allow-Origin", "*");
  challenge.headers.set("Access-Control-Expose-Headers", "WWW-Authenticate");
  const detail = `This needs the scope ${needed.join(" and ")}.`;
  return withProblem(challenge, new Problem("insufficient_scope", { detail }));
}

/** Whether the person behind the principal could grant all of these scopes. */
export function canGrant(principal: { isOwner: boolean }, scopes: readonly Scope[]): boolean {
  return entitledScopes(scopes, principal).length === new Set(scopes).size;
}

function explained(refusal: Response): Response {
  // The library answers 404 to a request for another host name.
  if (refusal.status === 404) return withProblem(refusal, notFound());
  if (refusal.status !== 401) return refusal;
  const detail = "Send a valid access token for this resource in the Authorization header.";
  return withProblem(refusal, new Problem("unauthenticated", { detail }));
}

/** The same status and headers, with problem details (RFC 9457) as the body. */
function withProblem({ status, headers }: Response, problem: Problem): Response {
  const all = new Headers(headers);
  all.set("Content-Type", "application/problem+json");
  const { title, ...members } = problem.body;
  return Response.json({ type: "about:blank", title, status, ...members }, { status, headers: all });
}
