import type { Hono } from "hono";
import { bounded } from "../pages/bounded.tsx";
import { decideConsent, showConsent } from "./consent-page.tsx";
import type { AuthContext } from "./context.ts";
import { PASSKEYS_PATH, SECOND_FACTOR_PATH } from "./fresh-sign-in.ts";
import { serveJsonDoor } from "./json-door.ts";
import { OTHER_METADATA_PATHS } from "./oauth.ts";
import { showOwnerSetup, submitOwnerSetup } from "./owner-setup-page.tsx";
import { showPasskeys, submitPasskeys } from "./passkeys-page.tsx";
import { showPasswordChange, submitPasswordChange } from "./password-change-page.tsx";
import { showForgotten, showReset, submitForgotten, submitReset } from "./password-reset-page.tsx";
import { showSecondFactor, submitSecondFactor } from "./second-factor-page.tsx";
import { showLinkRequest, showSignInLink, submitLinkRequest, submitSignInLink } from "./sign-in-link-page.tsx";
import { showSignIn, submitSignIn, submitSignInCode, submitSignInPasskey } from "./sign-in-page.tsx";
import { submitSignOut } from "./sign-out.tsx";
import { showSignUp, submitSignUp } from "./sign-up-page.tsx";
import { serveRegistration, serveTokenEndpoint } from "./token-endpoint.ts";
import { resendConfirmation, showConfirmation, submitConfirmation } from "./verify-email-page.tsx";

/** A one-time token in a path. Any other text there is an unknown path, and no row of a token is looked for. */
const TOKEN = ":token{[0-9a-f]{48}}";

/** Pages that read rows for a visitor who is not signed in. */
const ENTRANCES = [
  "/sign-in",
  "/sign-in/link",
  "/sign-up",
  "/forgot-password",
  "/authorize",
  ...["owner-setup", "reset-password", "verify-email", "sign-in/link"].map((page) => `/${page}/${TOKEN}`),
];

/** Adds sign-in, consent, and the endpoints and metadata of OAuth. */
export function addAuthRoutes(app: Hono, auth: AuthContext, tokenStore: KVNamespace): void {
  const execution = (c: { executionCtx: unknown }) => c.executionCtx as ExecutionContext;

  const visit = bounded("visits", auth);
  for (const path of ENTRANCES) app.get(path, visit);
  app.get("/sign-in", ({ req }) => showSignIn(auth, req.raw));
  app.post("/sign-in", ({ req }) => submitSignIn(auth, req.raw));
  app.post("/sign-in/code", (c) => submitSignInCode(auth, c.req.raw, execution(c)));
  app.post("/sign-in/passkey", (c) => submitSignInPasskey(auth, c.req.raw, execution(c)));
  app.get("/sign-in/link", ({ req }) => showLinkRequest(auth, req.raw));
  app.post("/sign-in/link", (c) => submitLinkRequest(auth, c.req.raw, execution(c)));
  app.get(`/sign-in/link/${TOKEN}`, ({ req }) => showSignInLink(auth, req.raw, req.param("token")));
  app.post(`/sign-in/link/${TOKEN}`, ({ req }) => submitSignInLink(auth, req.raw, req.param("token")));
  app.post("/sign-out", ({ req }) => submitSignOut(auth, req.raw));
  app.get("/sign-up", ({ req }) => showSignUp(auth, req.raw));
  app.post("/sign-up", (c) => submitSignUp(auth, c.req.raw, execution(c)));
  app.get("/forgot-password", ({ req }) => showForgotten(auth, req.raw));
  app.post("/forgot-password", (c) => submitForgotten(auth, c.req.raw, execution(c)));
  app.get("/account/password", ({ req }) => showPasswordChange(auth, req.raw));
  app.post("/account/password", (c) => submitPasswordChange(auth, c.req.raw, execution(c)));
  app.get(SECOND_FACTOR_PATH, ({ req }) => showSecondFactor(auth, req.raw));
  app.post(SECOND_FACTOR_PATH, (c) => submitSecondFactor(auth, c.req.raw, execution(c)));
  app.get(PASSKEYS_PATH, ({ req }) => showPasskeys(auth, req.raw));
  app.post(PASSKEYS_PATH, (c) => submitPasskeys(auth, c.req.raw, execution(c)));
  app.post("/account/verify-email", (c) => resendConfirmation(auth, c.req.raw, execution(c)));

  app.get(`/owner-setup/${TOKEN}`, ({ req }) => showOwnerSetup(auth, req.raw, req.param("token")));
  app.post(`/owner-setup/${TOKEN}`, (c) => submitOwnerSetup(auth, c.req.raw, c.req.param("token"), execution(c)));
  app.get(`/reset-password/${TOKEN}`, ({ req }) => showReset(auth, req.raw, req.param("token")));
  app.post(`/reset-password/${TOKEN}`, (c) => submitReset(auth, c.req.raw, c.req.param("token"), execution(c)));
  app.get(`/verify-email/${TOKEN}`, ({ req }) => showConfirmation(auth, req.raw, req.param("token")));
  app.post(`/verify-email/${TOKEN}`, ({ req }) => submitConfirmation(auth, req.raw, req.param("token")));

  app.get("/authorize", ({ req }) => showConsent(auth, req.raw));
  app.post("/authorize", ({ req }) => decideConsent(auth, req.raw));
  app.all("/api/auth/*", (c) => serveJsonDoor(auth, c.req.raw, execution(c)));
  // A client that finds no metadata at the root takes its endpoints to be there (MCP 2025-03-26, authorization, 2.3.3).
  for (const path of ["/oauth/token", "/token"]) {
    app.all(path, (c) => serveTokenEndpoint(auth, tokenStore, at("/oauth/token", c.req.raw), execution(c)));
  }
  for (const path of ["/oauth/register", "/register"]) {
    app.all(path, (c) => serveRegistration(auth, at("/oauth/register", c.req.raw), execution(c)));
  }
  for (const path of OTHER_METADATA_PATHS) {
    app.all(path, (c) => auth.oauth.serveMetadata(c.req.raw, execution(c)));
  }
  for (const path of ["/oauth/*", "/.well-known/oauth-authorization-server/*", "/.well-known/openid-configuration/*"]) {
    app.all(path, async (c) => readable(await auth.oauth.serve(c.req.raw, execution(c))));
  }
  app.all("/.well-known/oauth-protected-resource/*", (c) => auth.oauth.serveResourceMetadata(c.req.raw, execution(c)));
}

/** The same request at the path by which the library knows its endpoint. */
function at(path: string, request: Request): Request {
  const url = new URL(request.url);
  return url.pathname === path ? request : new Request(new URL(path + url.search, url), request);
}

/** Lets a client in a browser read a 404, which it would take for a network failure otherwise. */
function readable(answer: Response): Response {
  if (answer.status !== 404) return answer;
  return new Response(null, { status: 404, headers: { "Access-Control-Allow-Origin": "*" } });
}
