import { sha256 } from "../base/digest.ts";
import { readText } from "../base/read-body.ts";
import { networkKey } from "./attempts.ts";
import type { AuthContext } from "./context.ts";
import { markRevoked } from "./grants.ts";
import { REFRESH_SECONDS } from "./oauth.ts";
import { oauthError } from "./oauth-error.ts";
import { narrowRegistration } from "./registration.ts";
import { tokenRequest } from "./token-request.ts";
import { grantIdOfToken } from "./token-store.ts";

/** Larger than any token request. */
const MAX_BYTES = 16 * 1024;
const REGISTRATIONS_PER_MINUTE = 60;

/** The token endpoint: codes, refreshes and revocations. A refresh token that comes back after its use ends its grant. */
export async function serveTokenEndpoint(
  auth: AuthContext,
  store: KVNamespace,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  if (request.method !== "POST") return auth.oauth.serve(request, context);
  const text = await readText(request, MAX_BYTES);
  if (text === undefined) return oauthError(413, "invalid_request", "The request is too large");
  const asked = tokenRequest(request, text);
  if (asked instanceof Response) return asked;
  const answer = await auth.oauth.serve(asked, context);
  const form = new URLSearchParams(text);
  const refreshToken = form.get("grant_type") === "refresh_token" ? form.get("refresh_token") : null;
  if (refreshToken) await noticeReuse(auth, store, refreshToken, answer);
  return answer;
}

/**
 * A stolen refresh token shows when the thief and the client use it one after the other (RFC 9700 section 4.14.2).
 * The library refuses the second use but keeps the grant, so hashes of used tokens are stored here. Only a token that was
 * once accepted ends its grant: a made-up token must not end a person's connection.
 */
async function noticeReuse(auth: AuthContext, store: KVNamespace, token: string, answer: Response): Promise<void> {
  const key = `refresh-used:${await sha256(token)}`;
  if (answer.ok) {
    await store.put(key, "1", { expirationTtl: REFRESH_SECONDS });
    return;
  }
  const grantId = grantIdOfToken(token);
  if (!grantId || answer.status !== 400 || (await store.get(key)) === null) return;
  const body: unknown = await answer.clone().json();
  if (!isInvalidGrant(body)) return;
  await auth.db.commit(markRevoked(auth, { grantId, at: auth.clock.now() }));
}

function isInvalidGrant(body: unknown): boolean {
  return typeof body === "object" && body !== null && "error" in body && body.error === "invalid_grant";
}

/** Dynamic registration (RFC 7591). Each registration is stored, so a network can make 60 a minute. */
export async function serveRegistration(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  if (request.method === "POST") {
    const limit = {
      key: `register:${networkKey(auth, request)}`,
      perMinute: REGISTRATIONS_PER_MINUTE,
    };
    const refused = await auth.attempts.begin([limit]);
    if (refused) {
      return oauthError(429, "temporarily_unavailable", "Too many registrations. Try again later.", {
        "Retry-After": String(refused.retryAfterSeconds),
      });
    }
  }
  const narrowed = await narrowRegistration(request);
  return narrowed instanceof Response ? narrowed : auth.oauth.serve(narrowed, context);
}
