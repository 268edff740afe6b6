import {
  AuthorizationError,
  type AuthRequest,
  CimdFetchError,
  type ConsentDescription,
} from "@cloudflare/workers-oauth-provider";
import { Problem } from "../base/problem.ts";
import { waitText } from "../base/wait-text.ts";
import { type GrantLimits, insertLimits } from "../db/grant-limits.ts";
import { insertRecord } from "../db/grant-records.ts";
import type { Scope } from "../kernel/actor.ts";
import { readForm } from "../pages/read-form.ts";
import { seeOther } from "../pages/see-other.ts";
import { isClientId } from "./client-id.ts";
import { displayName } from "./client-name.ts";
import { ConsentForm } from "./consent-form.tsx";
import { limitsFor, limitsIn } from "./consent-limits.ts";
import type { AuthContext } from "./context.ts";
import { destinationOf } from "./destination.ts";
import type { InvalidFields } from "./faults.ts";
import { signInPath, stepBefore } from "./fresh-sign-in.ts";
import { openRecords } from "./grant-records.ts";
import { insertGrant } from "./grants.ts";
import { type LimitTexts, typedLimits } from "./limit-fields.ts";
import { formPage, problemPage } from "./pages.tsx";
import { findPerson, type Person } from "./people.ts";
import { requestFault } from "./request-fault.ts";
import { cannotConnectPage, faultPage, libraryErrorPage } from "./request-fault-page.tsx";
import { pathOf, toPath } from "./return-to.ts";
import { entitledScopes, everydayScopes, knownScopes, ownerScopes } from "./scopes.ts";
import { grantIdOfToken } from "./token-store.ts";

/** An answer that was refused for a limit in it: what was ticked and typed. */
interface RefusedAnswer extends Pick<InvalidFields, "errors"> {
  readonly scopes: readonly Scope[];
  readonly texts: LimitTexts;
}

/** The longest form: it carries the address of its page, sealed. */
const MAX_FORM_BYTES = 48 * 1024;

/** `GET /authorize`: shows which app asks for which scopes, and where the code is sent. */
export function showConsent(auth: AuthContext, request: Request, refused?: RefusedAnswer): Promise<Response> {
  return answeringOAuthErrors(auth, request, async () => {
    const url = new URL(request.url);
    const here = pathOf(url);
    if (!url.searchParams.getAll("client_id").every((id) => id === "" || isClientId(id))) {
      return cannotConnectPage(auth, "The request does not name an app that can be known here.");
    }
    const person = await findPerson(auth, request);
    if (!person) return toPath(auth, signInPath(here));

    const oauth = auth.oauth.helpers();
    const asked = await oauth.parseAuthRequest(request);
    const destination = destinationOf(asked.redirectUri);
    if (!destination) return cannotConnectPage(auth, "This server sends no access to its redirect address.");
    const fault = requestFault(url.searchParams);
    if (fault) return faultPage(auth, url.searchParams, asked, fault);
    // A passer-by at the owner's open browser must not connect an app that acts as the owner.
    if ((person.isOwner || person.lacksFactor) && wantsOwner(asked.scope)) {
      const step = stepBefore(person, auth.clock.now(), here);
      if (step) return toPath(auth, step);
    }
    const offers = offersFor(asked.scope, person, auth);
    if (offers.length === 0) {
      const words = "The request asks for permissions that your account can't give.";
      return faultPage(auth, url.searchParams, asked, { code: "invalid_scope", words });
    }

    const client = await oauth.describeConsent(asked);
    await auth.oauth.clients.hold(asked.clientId);
    const consent = await oauth.beginConsent(asked);
    const clientName = displayName(client.clientName, client.clientId);
    const buys = offers.some(({ scope }) => scope === "checkout:write");
    const app = { clientId: asked.clientId, clientName };
    const limits = buys ? await limitsFor(auth, person, app, refused) : undefined;
    const again = await auth.keyring.seal(here, againPlace(person));
    const faults = refused && { status: 422 as const };
    return formPage(auth, request, { person, faults }, ({ formToken }, business) => ({
      title: `Let ${clientName} act for you at ${business}?`,
      content: (
        <ConsentForm
          clientName={clientName}
          {...(client.clientDomain ? { clientDomain: client.clientDomain } : {})}
          destination={destination}
          resource={asked.resource ?? auth.oauth.resources.mcp}
          business={business}
          person={person}
          offers={refused ? offers.map((one) => ({ ...one, ticked: refused.scopes.includes(one.scope) })) : offers}
          uses={auth.scopeUses}
          limits={limits}
          handle={consent.handle}
          again={again}
          formToken={formToken}
          here={here}
        />
      ),
      headers: consent.headers,
      formsMayLeave: true,
    }));
  });
}

/** `POST /authorize`: the person's answer. The app's request is read from the token store, never from the form. */
export function decideConsent(auth: AuthContext, request: Request): Promise<Response> {
  return answeringOAuthErrors(auth, request, async () => {
    const person = await findPerson(auth, request);
    const submitted = await readForm(request, MAX_FORM_BYTES);
    const form = submitted === "too long" ? undefined : submitted?.fields;
    // The token names the session that saw the page: a page shown to one person can't be answered by another.
    if (!person || !form || !auth.forms.accepts(request, form, person)) {
      return outOfDate(auth);
    }
    const oauth = auth.oauth.helpers();
    const handle = form.get("handle") ?? "";
    const scopes = entitledScopes(form.getAll("scope"), person, auth.offeredScopes);
    if (wantsOwner(scopes) && stepBefore(person, auth.clock.now(), "/")) {
      return problemPage(
        auth,
        403,
        "Sign in again first",
        "To let an app act as the owner, you must have signed in within the last 15 minutes.",
      );
    }
    if (form.get("decision") !== "allow" || scopes.length === 0) {
      const description = form.get("decision") === "allow" ? "No permission was granted" : "The person refused";
      const denied = await oauth.denyConsent(request, handle, { description });
      return seeOther(auth.publicUrl, denied.redirectTo, denied.headers);
    }
    // Before the handle is used up: a form with an unreadable limit is shown again, under a handle of its own.
    const limits = await limitsIn(auth, form, scopes);
    if (limits.kind === "invalid_fields") {
      const here = await auth.keyring.open(form.get("again") ?? "", againPlace(person)).catch(() => undefined);
      if (here === undefined) return outOfDate(auth);
      const page = new Request(new URL(here, auth.publicUrl), { headers: request.headers });
      return showConsent(auth, page, { scopes, texts: typedLimits(form), errors: limits.errors });
    }
    const approved = await oauth.approveConsent(request, handle, { scope: scopes });
    const client = await oauth.describeConsent(approved.request);
    const redirectTo = await grantAccess(auth, person, approved.request, client, { scopes, limits: limits.limits });
    return seeOther(auth.publicUrl, redirectTo, approved.headers);
  });
}

const againPlace = ({ sessionId }: Person) => `consent page of ${sessionId}`;

const outOfDate = (auth: AuthContext) =>
  problemPage(auth, 403, "That page is out of date", "Go back to your app and connect again.");

/** Makes the grant and its row. If the row can't be written, the request fails and the code is never sent. */
async function grantAccess(
  auth: AuthContext,
  person: Person,
  request: AuthRequest,
  client: ConsentDescription,
  { scopes, limits }: { scopes: readonly Scope[]; limits: GrantLimits },
): Promise<string> {
  const clientName = displayName(client.clientName, client.clientId);
  const records = openRecords(auth);
  const { redirectTo } = await auth.oauth.helpers(records).completeAuthorization({
    request,
    // Every token carries this in clear text, so it is a keyed hash: only this server can tell whose it is.
    userId: auth.keys.mac("oauth-subject", person.userId),
    metadata: {},
    scope: [...scopes],
    props: { userId: person.userId, clientName, secondFactor: person.secondFactor },
    // Several devices of one person stay connected side by side.
    revokeExistingGrants: false,
  });
  const grantId = grantIdOfToken(new URL(redirectTo).searchParams.get("code") ?? "");
  const record = records.written();
  if (!grantId || record?.grantId !== grantId) throw new Error("the authorization code does not name its grant");
  await auth.oauth.clients.keep(request.clientId);
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
    ...insertLimits(auth.db, grantId, limits, auth.clock.now()),
    insertRecord(auth.db, record),
  ]);
  return redirectTo;
}

/**
 * The scopes that the page offers: the everyday ones that were asked for, ticked, and to the owner all owner scopes,
 * unticked. An app that names no scope of ours is offered the everyday ones: some ask for those of another standard, as
 * `openid` or `offline_access`, and a refresh token is issued anyway.
 */
function offersFor(requested: readonly string[], person: Person, { offeredScopes }: AuthContext) {
  const ours = knownScopes(requested, offeredScopes);
  const asked = new Set(ours.length === 0 ? everydayScopes : ours);
  return entitledScopes([...asked, ...ownerScopes], person, offeredScopes).map((scope) => ({
    scope,
    asked: asked.has(scope),
    ticked: !ownerScopes.includes(scope),
  }));
}

const wantsOwner = (scopes: readonly string[]) => ownerScopes.some((scope) => scopes.includes(scope));

/** No error leaves our origin by itself (RFC 6749 section 4.1.2.1, RFC 9700 section 4.11.2). */
async function answeringOAuthErrors(
  auth: AuthContext,
  request: Request,
  handle: () => Promise<Response>,
): Promise<Response> {
  try {
    return await auth.documents.within({ request }, handle);
  } catch (error) {
    if (error instanceof AuthorizationError) {
      return libraryErrorPage(auth, new URL(request.url).searchParams, error);
    }
    if (error instanceof CimdFetchError) {
      auth.log({ event: "auth", name: `client-id-metadata-document.${error.reason}`, code: "invalid_client" });
      return cannotConnectPage(auth, "Its client metadata document could not be read.");
    }
    if (error instanceof Problem && error.code === "rate_limited") {
      const seconds = error.details.retryAfterSeconds ?? 60;
      const words = `Too many apps were looked up. Wait ${waitText(seconds)}, then connect again.`;
      return problemPage(auth, 429, "This app can't be connected now", words, { "Retry-After": String(seconds) });
    }
    throw error;
  }
}
