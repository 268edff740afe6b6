import { createKeyring } from "../base/keyring.ts";
import { consoleLog, type Log } from "../base/log.ts";
import type { Clock } from "../base/time.ts";
import type { Database } from "../db/database.ts";
import type { Bindings, Settings } from "../env.ts";
import { createMail } from "../mail/create.ts";
import { securityHeaders } from "../pages/security-headers.ts";
import {
  type AccountSections,
  listGrants,
  type Revocation,
  revokeGrant,
  showAccount,
  submitRevocation,
} from "./account.tsx";
import { openAttempts } from "./attempts.ts";
import { decideConsent, showConsent } from "./authorize.tsx";
import type { AuthContext } from "./context.ts";
import { type Forms, openForms } from "./forms.ts";
import { SECOND_FACTOR_PATH } from "./fresh-sign-in.ts";
import { serveJsonDoor } from "./json-door.ts";
import { openKeys } from "./keys.ts";
import { openOAuth, type ResourceName } from "./oauth.ts";
import { openOneTimeTokens } from "./one-time-tokens.ts";
import { showOwnerSetup, submitOwnerSetup } from "./owner-setup.tsx";
import { showPasswordChange, submitPasswordChange } from "./password-change.tsx";
import { showForgotten, showReset, submitForgotten, submitReset } from "./password-reset.tsx";
import { findPerson, openPeople, type Person } from "./people.ts";
import { bearerPrincipal, invalidToken, type Principal } from "./principal.ts";
import { showSecondFactor, submitSecondFactor } from "./second-factor-pages.tsx";
import { showSignIn, submitSignInCode, submitSignInForm, submitSignOut } from "./sign-in.tsx";
import { showSignUp, submitSignUpForm } from "./sign-up.tsx";
import { findSignUpPolicy, invitePerson, type SignUpPolicy, setSignUpPolicy } from "./sign-up-policy.ts";
import { serveRegistration, serveTokenEndpoint } from "./token-endpoint.ts";
import { resendConfirmation, showConfirmation, submitConfirmation } from "./verify-email.tsx";

/** Everything that tells who a request is from. */
export interface Auth {
  /** Answers sign-in, consent, account, OAuth and metadata routes; undefined for a path that is somebody else's. */
  handle(request: Request, context: ExecutionContext): Promise<Response | undefined>;
  /** The principal of a request with a bearer token, or the challenge. See `bearerPrincipal` for what is left to check. */
  bearer(request: Request, resource: ResourceName, context: ExecutionContext): Promise<Principal | Response>;
  /** The 401 for a principal that `assertGrant` refused. */
  invalidToken(request: Request, resource: ResourceName, context: ExecutionContext): Promise<Response>;
  /** Who is signed in in this browser. */
  session(request: Request): Promise<Person | undefined>;
  /** The same, if it is the owner of the business. */
  ownerSession(request: Request): Promise<Person | undefined>;
  /** Tokens for the forms of other pages. */
  readonly forms: Forms;
  /** Who can make an account, and inviting people: for the owner's console. */
  readonly signUps: {
    policy(): Promise<SignUpPolicy>;
    setPolicy(policy: SignUpPolicy): Promise<void>;
    /** Answers the link of the invitation, which is mailed too where mail is sent. */
    invite(email: string): Promise<string>;
    readonly mailed: boolean;
  };
  revokeGrant(revocation: Revocation): Promise<boolean>;
  listGrants(userId: string): ReturnType<typeof listGrants>;
}

type Handler = (request: Request, context: ExecutionContext) => Promise<Response>;

/** Wires sign-in and OAuth, once per isolate. */
export function createAuth(parts: {
  settings: Settings;
  bindings: Bindings;
  db: Database;
  clock: Clock;
  log?: Log;
  /** What else stands on a person's account page: this folder knows of sign-in alone. */
  accountSections?: AccountSections;
}): Auth {
  const { settings, bindings, db, clock, log = consoleLog, accountSections } = parts;
  const publicUrl = settings.PUBLIC_URL;
  const store = bindings.OAUTH_KV;
  const keys = openKeys(settings.SERVER_SECRET);
  const auth: AuthContext = {
    publicUrl,
    ownerUserId: settings.BUSINESS_OWNER_USER_ID,
    ownerNeedsFactor: settings.OWNER_SECOND_FACTOR === "required",
    db,
    clock,
    keys,
    people: openPeople({ publicUrl, db, keys }),
    forms: openForms(keys, publicUrl),
    attempts: openAttempts(db, clock),
    oauth: openOAuth({ publicUrl, ownerUserId: settings.BUSINESS_OWNER_USER_ID, store, db, clock, log }),
    keyring: createKeyring(settings.SERVER_SECRET),
    tokens: openOneTimeTokens(db, clock),
    mail: createMail(settings, bindings),
    log,
  };
  const pages: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
    "/sign-in": {
      GET: (request) => showSignIn(auth, request),
      POST: (request) => submitSignInForm(auth, request),
    },
    "/sign-up": {
      GET: (request) => showSignUp(auth, request),
      POST: (request, context) => submitSignUpForm(auth, request, context),
    },
    "/sign-in/code": { POST: (request) => submitSignInCode(auth, request) },
    "/forgot-password": {
      GET: (request) => showForgotten(auth, request),
      POST: (request, context) => submitForgotten(auth, request, context),
    },
    "/account/verify-email": { POST: (request, context) => resendConfirmation(auth, request, context) },
    "/account/password": {
      GET: (request) => showPasswordChange(auth, request),
      POST: (request, context) => submitPasswordChange(auth, request, context),
    },
    [SECOND_FACTOR_PATH]: {
      GET: (request) => showSecondFactor(auth, request),
      POST: (request, context) => submitSecondFactor(auth, request, context),
    },
    "/sign-out": { POST: (request) => submitSignOut(auth, request) },
    "/authorize": { GET: (request) => showConsent(auth, request), POST: (request) => decideConsent(auth, request) },
    "/account": { GET: (request) => showAccount(auth, request, accountSections) },
    "/account/clients/revoke": { POST: (request) => submitRevocation(auth, request) },
  };
  /** Pages behind a link with a token in its path. */
  const links: Readonly<Record<string, (token: string) => Readonly<Record<string, Handler>>>> = {
    "owner-setup": (token) => ({
      GET: (request) => showOwnerSetup(auth, request, token),
      POST: (request, context) => submitOwnerSetup(auth, request, token, context),
    }),
    "reset-password": (token) => ({
      GET: (request) => showReset(auth, request, token),
      POST: (request, context) => submitReset(auth, request, token, context),
    }),
    "verify-email": (token) => ({
      GET: (request) => showConfirmation(auth, request, token),
      POST: (request) => submitConfirmation(auth, request, token),
    }),
  };
  const findPage = (pathname: string) => {
    if (Object.hasOwn(pages, pathname)) return pages[pathname];
    const [, kind, token] = /^\/([a-z-]+)\/([0-9a-f]{48})$/.exec(pathname) ?? [];
    return kind && token && Object.hasOwn(links, kind) ? links[kind]?.(token) : undefined;
  };
  const session = (request: Request) => findPerson(auth, request);

  return {
    async handle(request, context) {
      const { pathname } = new URL(request.url);
      const page = findPage(pathname);
      if (page) return servePage(page, request, context, publicUrl);
      if (pathname.startsWith("/api/auth/")) return serveJsonDoor(auth, request, context);
      if (pathname === "/oauth/token") return serveTokenEndpoint(auth, store, request, context);
      if (pathname === "/oauth/register") return serveRegistration(auth, request, context);
      if (pathname.startsWith("/.well-known/oauth-protected-resource")) {
        return auth.oauth.serveResourceMetadata(request, context);
      }
      if (/^\/oauth\/|^\/\.well-known\/(oauth-authorization-server|openid-configuration)/.test(pathname)) {
        return readable(await auth.oauth.serve(request, context));
      }
      return undefined;
    },
    bearer: (request, resource, context) => bearerPrincipal(auth, request, resource, context),
    invalidToken: (request, resource, context) => invalidToken(auth, request, resource, context),
    session,
    async ownerSession(request) {
      const person = await session(request);
      return person?.isOwner ? person : undefined;
    },
    forms: auth.forms,
    signUps: {
      policy: () => findSignUpPolicy(auth),
      setPolicy: (policy) => setSignUpPolicy(auth, policy),
      invite: (email) => invitePerson(auth, email),
      mailed: auth.mail !== null,
    },
    revokeGrant: (revocation) => revokeGrant(auth, revocation),
    listGrants: (userId) => listGrants(auth, userId),
  };
}

async function servePage(
  page: Readonly<Record<string, Handler>>,
  request: Request,
  context: ExecutionContext,
  publicUrl: string,
): Promise<Response> {
  const handler = page[request.method === "HEAD" ? "GET" : request.method];
  if (!handler) {
    const allow = Object.keys(page).join(", ");
    return new Response(null, { status: 405, headers: { ...securityHeaders(publicUrl), Allow: allow } });
  }
  const answer = await handler(request, context);
  return request.method === "HEAD" ? new Response(null, answer) : answer;
}

/** A client in a browser has to be able to read that there is nothing, or it takes the 404 for a network failure. */
function readable(answer: Response): Response {
  if (answer.status !== 404) return answer;
  return new Response(null, { status: 404, headers: { "Access-Control-Allow-Origin": "*" } });
}
