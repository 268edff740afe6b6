import { readText } from "../base/read-body.ts";
import { networkKey } from "./attempts.ts";
import type { AuthContext } from "./context.ts";
import { oauthError, tryLater } from "./oauth-error.ts";
import { credentialIn, useToken } from "./token-use.ts";

/** Larger than any token request. */
const MAX_BYTES = 16 * 1024;
const REGISTRATIONS_PER_MINUTE = 60;

/** The token endpoint: codes, refreshes and revocations. */
export async function serveTokenEndpoint(
  auth: AuthContext,
  store: KVNamespace,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  if (request.method !== "POST") return auth.oauth.serve(request, context);
  const text = await readText(request, MAX_BYTES);
  if (text === undefined) return oauthError(413, "invalid_request", "The request is too large");
  const whole = () => new Request(request, { body: text });
  const given = credentialIn(new URLSearchParams(text));
  return given ? useToken(auth, store, given, whole(), context) : auth.oauth.serve(whole(), context);
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
      return tryLater(429, refused.retryAfterSeconds, "Too many registrations. Try again later.");
    }
  }
  return auth.oauth.serve(request, context);
}
