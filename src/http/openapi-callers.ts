import { sessionCookieName } from "../auth/people.ts";
import { scopeWords } from "../auth/scopes.ts";
import type { ProblemCode } from "../base/problem.ts";
import type { Scope } from "../kernel/actor.ts";
import type { Caller, Endpoint } from "../kernel/endpoint.ts";
import { TOKEN_HEADER } from "./owner-door.ts";

/** What each caller proves, and the refusals that all calls of this caller share. `internal` is every caller's. */
const CALLERS = {
  anyone: { proof: undefined, refusals: ["rate_limited"] },
  // 404 is the answer under another host name.
  token: { proof: "oauth", refusals: ["unauthenticated", "insufficient_scope", "not_found", "rate_limited"] },
  person: { proof: "session", refusals: ["unauthenticated", "rate_limited"] },
  owner: { proof: "session", refusals: ["unauthenticated", "insufficient_scope", "rate_limited"] },
  holder: { proof: undefined, refusals: ["rate_limited"] },
  stripe: { proof: undefined, refusals: [] },
} as const satisfies Record<Caller, { proof: string | undefined; refusals: readonly ProblemCode[] }>;

/** The codes that a call of the endpoint may be refused with. */
export function refusalsOf({ caller, refusals }: Endpoint): ReadonlySet<ProblemCode> {
  return new Set([...refusals, ...CALLERS[caller].refusals, "internal"]);
}

/** The `security` of an operation: a caller meets one entry, and each scope is an entry of its own. Empty without a proof. */
export function securityOf(
  { caller, scopes = [] }: Endpoint,
  offered: readonly Scope[],
): readonly Record<string, readonly string[]>[] {
  const { proof } = CALLERS[caller];
  if (proof === undefined) return [];
  if (proof === "oauth") return offered.filter((scope) => scopes.includes(scope)).map((scope) => ({ oauth: [scope] }));
  return [caller === "owner" ? { session: [], formToken: [] } : { session: [] }];
}

/** The security schemes that the endpoints use. */
export function securitySchemes(
  endpoints: readonly Endpoint[],
  publicUrl: string,
  offered: readonly Scope[],
): Record<string, unknown> {
  const schemes = {
    oauth: {
      type: "oauth2",
      description: `OAuth 2.1 with PKCE. Ask for a token with resource=${publicUrl}/api; the metadata is at ${publicUrl}/.well-known/oauth-protected-resource/api.`,
      flows: {
        authorizationCode: {
          authorizationUrl: `${publicUrl}/authorize`,
          tokenUrl: `${publicUrl}/oauth/token`,
          refreshUrl: `${publicUrl}/oauth/token`,
          scopes: Object.fromEntries(
            offered.map((scope) => [scope, `${scopeWords[scope].title}. ${scopeWords[scope].note}`]),
          ),
        },
      },
    },
    session: {
      type: "apiKey",
      in: "cookie",
      name: sessionCookieName(publicUrl),
      description:
        "The session of a person who signed in here. The owner's acts take a sign-in of the last 15 minutes.",
    },
    formToken: {
      type: "apiKey",
      in: "header",
      name: TOKEN_HEADER,
      description: "formToken in the answer to GET of an owner's write, with the same session.",
    },
  };
  const used = new Set(endpoints.flatMap((endpoint) => securityOf(endpoint, offered).flatMap(Object.keys)));
  return Object.fromEntries(Object.entries(schemes).filter(([name]) => used.has(name)));
}
