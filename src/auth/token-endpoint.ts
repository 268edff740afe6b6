import { readText } from "../base/read-body.ts";
import { countNetworkUp } from "../db/counts.ts";
import { clientOfGrant } from "../db/grant-records.ts";
import type { AuthContext } from "./context.ts";
import { oauthError, withinBounds } from "./oauth-error.ts";
import { narrowRegistration } from "./registration.ts";
import { tokenRequest } from "./token-request.ts";
import { grantIdOfToken } from "./token-store.ts";
import { credentialIn, revokeToken, useToken } from "./token-use.ts";

/** Larger than any token request. */
const MAX_BYTES = 16 * 1024;

/** The token endpoint: codes, refreshes and revocations. */
export function serveTokenEndpoint(
  auth: AuthContext,
  store: KVNamespace,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  if (request.method !== "POST") return auth.oauth.serve(request, context);
  return withinBounds(async () => {
    await auth.limits.checkNetwork("tokenRequests", request);
    const text = await readText(request, MAX_BYTES);
    if (text === undefined) return oauthError(413, "invalid_request", "The request is too large");
    const asked = tokenRequest(request, text, auth.offeredScopes);
    if (asked instanceof Response) return asked;
    const form = new URLSearchParams(text);
    const given = credentialIn(form);
    const knownClient = () => clientOf(auth, given?.grantId ?? grantIdOfToken(form.get("token") ?? ""));
    return auth.documents.within({ request, knownClient }, () =>
      given ? useToken(auth, store, given, asked, context) : revokeToken(auth, form.get("token") ?? "", asked, context),
    );
  });
}

/** The client that a person let in by this grant. */
async function clientOf(auth: AuthContext, grantId: string | undefined): Promise<string | undefined> {
  if (grantId === undefined) return undefined;
  const { grants } = await auth.db.read({ grants: clientOfGrant(auth.db, grantId) });
  return grants[0]?.clientId;
}

/**
 * Dynamic registration (RFC 7591), within the bounds of a network. A registration that no consent follows ends after a day
 * (`registered-clients.ts`).
 */
export function serveRegistration(auth: AuthContext, request: Request, context: ExecutionContext): Promise<Response> {
  if (request.method !== "POST") return auth.oauth.serve(request, context);
  return withinBounds(async () => {
    await auth.limits.checkNetwork("registrations", request);
    const refused = await auth.db.tryCommit(await countNetworkUp(auth, "registrationsADay", request));
    const tooMany = await auth.limits.refusalOf(refused);
    if (tooMany) throw tooMany;
    const narrowed = await narrowRegistration(request);
    return narrowed instanceof Response ? narrowed : auth.oauth.serve(narrowed, context);
  });
}
