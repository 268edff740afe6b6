import {
  AuthorizationError,
  type AuthRequest,
  authorizationErrorRedirect,
  CimdFetchError,
  type ConsentDescription,
} from "@cloudflare/workers-oauth-provider";
import { readForm } from "../pages/read-form.ts";
import { seeOther } from "../pages/see-other.ts";
import { displayName } from "./client-name.ts";
import { ConsentForm } from "./consent-form.tsx";
import type { AuthContext } from "./context.ts";
import { stepBefore } from "./fresh-sign-in.ts";
import { insertGrant } from "./grants.ts";
import { businessPage, problemPage } from "./pages.tsx";
import { findPerson, type Person } from "./people.ts";
import { pathOf } from "./return-to.ts";
import { entitledScopes, everydayScopes, ownerScopes, type Scope } from "./scopes.ts";
import { grantIdOfToken } from "./token-store.ts";

/** `GET /authorize`: who asks, for what, and where the access goes. */
export function showConsent(auth: AuthContext, request: Request): Promise<Response> {
  return answeringFaults(auth, async () => {
    const url = new URL(request.url);
    const person = await findPerson(auth, request);
    if (!person)
      return seeOther(auth.publicUrl, `${auth.publicUrl}/sign-in?returnTo=${encodeURIComponent(pathOf(url))}`);

    const oauth = auth.oauth.helpers();
    const asked = await oauth.parseAuthRequest(request);
    // The library lets a client with a secret go without; OAuth 2.1 section 4.1.1 does not.
    if (!asked.codeChallenge) return backToClient(auth, asked, "invalid_request", "PKCE with S256 is required");
    // Whoever walks up to an open browser must not become a lasting program of the owner's.
    if ((person.isOwner || person.owesFactor) && wantsOwner(asked.scope)) {
      const step = stepBefore(person, auth.clock.now(), pathOf(url));
      if (step) return seeOther(auth.publicUrl, auth.publicUrl + step);
    }
    const offers = offersFor(asked.scope, person);
    if (offers.length === 0) return backToClient(auth, asked, "invalid_scope", "None of these scopes can be granted");

    const client = await oauth.describeConsent(asked);
    const consent = await oauth.beginConsent(asked);
    const { token } = auth.forms.issue(request, person);
    const clientName = displayName(client.clientName, client.clientId);
    return businessPage(auth, (business) => ({
      title: `Let ${clientName} act for you at ${business}?`,
      content: (
        <ConsentForm
          clientName={clientName}
          {...(client.clientDomain ? { clientDomain: client.clientDomain } : {})}
          redirectHost={client.redirectHost}
          redirectIsLocal={client.redirectIsLoopback}
          resource={asked.resource ?? auth.oauth.resources.mcp}
          business={business}
          person={person}
          offers={offers}
          handle={consent.handle}
          formToken={token}
          here={pathOf(url)}
        />
      ),
      headers: consent.headers,
      formsMayLeave: true,
    }));
  });
}

/** `POST /authorize`: the person's answer. What was asked comes from the store, never from the form. */
export function decideConsent(auth: AuthContext, request: Request): Promise<Response> {
  return answeringFaults(auth, async () => {
    const person = await findPerson(auth, request);
    const submitted = await readForm(request);
    const form = submitted === "too long" ? undefined : submitted?.fields;
    // The token names the session that saw the page: a page shown to one person can't be answered by another.
    if (!person || !form || !auth.forms.accepts(request, form, person)) {
      return problemPage(auth, 403, "That page is out of date", "Go back to your program and connect again.");
    }
    const oauth = auth.oauth.helpers();
    const handle = form.get("handle") ?? "";
    const scopes = entitledScopes(form.getAll("scope"), person);
    if (wantsOwner(scopes) && stepBefore(person, auth.clock.now(), "/")) {
      return problemPage(
        auth,
        403,
        "Sign in again first",
        "Letting a program act as the owner takes a sign-in of the last 15 minutes.",
      );
    }
    if (form.get("decision") !== "allow" || scopes.length === 0) {
      const description = form.get("decision") === "allow" ? "No permission was granted" : "The person refused";
      const denied = await oauth.denyConsent(request, handle, { description });
      return seeOther(auth.publicUrl, denied.redirectTo, denied.headers);
    }
    const approved = await oauth.approveConsent(request, handle, { scope: scopes });
    const client = await oauth.describeConsent(approved.request);
    const redirectTo = await grantAccess(auth, person, approved.request, client, scopes);
    return seeOther(auth.publicUrl, redirectTo, approved.headers);
  });
}

/** Makes the grant and its row. A row that can't be written leaves a code that nobody was told. */
async function grantAccess(
  auth: AuthContext,
  person: Person,
  request: AuthRequest,
  client: ConsentDescription,
  scopes: readonly Scope[],
): Promise<string> {
  const clientName = displayName(client.clientName, client.clientId);
  const { redirectTo } = await auth.oauth.helpers().completeAuthorization({
    request,
    // Stands in the clear in every token, so it is a name that only this server can connect with the person.
    userId: auth.keys.mac("oauth-subject", person.userId),
    metadata: {},
    scope: [...scopes],
    props: { userId: person.userId, clientName, secondFactor: person.secondFactor },
    // Several devices of one person stay connected side by side.
    revokeExistingGrants: false,
  });
  const grantId = grantIdOfToken(new URL(redirectTo).searchParams.get("code") ?? "");
  if (!grantId) throw new Error("the authorization code does not name its grant");
  await auth.db.commit([
    insertGrant(auth.db, {
      id: grantId,
      userId: person.userId,
      clientId: request.clientId,
      clientName,
      resource: request.resource ?? auth.oauth.resources.mcp,
      scopes,
      createdAt: auth.clock.now(),
    }),
  ]);
  return redirectTo;
}

/**
 * What the page offers: the everyday scopes that were asked for, ticked; the owner's own, never ticked, shown to the
 * owner alone. A client that names no scope gets the everyday ones.
 */
function offersFor(requested: readonly string[], person: Person) {
  const asked = new Set(requested.length === 0 ? everydayScopes : requested);
  return entitledScopes([...asked, ...ownerScopes], person).map((scope) => ({
    scope,
    asked: asked.has(scope),
    ticked: !ownerScopes.includes(scope),
  }));
}

const wantsOwner = (scopes: readonly string[]) => ownerScopes.some((scope) => scopes.includes(scope));

function backToClient(
  auth: AuthContext,
  request: AuthRequest,
  code: "invalid_request" | "invalid_scope",
  description: string,
): Response {
  return seeOther(auth.publicUrl, authorizationErrorRedirect(request, code, description));
}

/** Only an error whose redirect the library has validated leaves our origin; the rest are shown here (RFC 6749 section 4.1.2.1). */
async function answeringFaults(auth: AuthContext, handle: () => Promise<Response>): Promise<Response> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof AuthorizationError) {
      if (error.redirectTo) return seeOther(auth.publicUrl, error.redirectTo);
      return problemPage(auth, 400, "This program can't be connected", `${error.description}.`);
    }
    if (error instanceof CimdFetchError) {
      return problemPage(
        auth,
        400,
        "This program can't be connected",
        "The document that describes it could not be read.",
      );
    }
    throw error;
  }
}
