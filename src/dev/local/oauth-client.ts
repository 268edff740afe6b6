import {
  type AuthorizationServerMetadata,
  discoverAuthorizationServerMetadata,
  discoverOAuthProtectedResourceMetadata,
  exchangeAuthorization,
  type FetchLike,
  OAuthError,
  type OAuthTokens,
  refreshAuthorization,
  registerClient as register,
  resolveClientMetadata,
  startAuthorization,
} from "@modelcontextprotocol/client";
import { type Credentials, openBrowser, type Send, signIn } from "./browser-session.ts";

/** The tokens of a client, and where they came from. */
export interface ObtainedToken {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly scopes: readonly string[];
  readonly expiresInSeconds: number;
  readonly clientId: string;
  readonly resource: string;
  readonly authorizationServer: AuthorizationServerMetadata;
}

/** The person, the scopes and the resource of a token. */
interface TokenWish {
  readonly fetch: Send;
  /** The server's public origin. */
  readonly origin: string;
  readonly as: Credentials;
  /** The scopes that the client asks for; left out, those that the resource lists. */
  readonly scopes?: readonly string[];
  /** The scopes that the person ticks; left out, all that were asked for. */
  readonly grants?: readonly string[];
  /** What the person types into the fields of the consent page. */
  readonly typed?: Readonly<Record<string, string>>;
  /** The full address of the resource: `${origin}/mcp` or `${origin}/api`. */
  readonly resource: string;
  readonly clientName?: string;
  readonly redirectUri?: string;
}

/**
 * A token by the whole flow. The MCP client library does the protocol: metadata, registration, PKCE, code, token. The
 * browser session signs in and consents. Throws with the answer's text when a step is refused.
 */
export async function obtainToken(wish: TokenWish): Promise<ObtainedToken> {
  const { resource } = wish;
  const browser = openBrowser(wish.fetch, wish.origin);
  await signIn(browser, wish.as);
  const server = await discover(wish.fetch, resource);
  const redirectUri = wish.redirectUri ?? "http://localhost:6543/callback";
  const clientName = wish.clientName ?? "Test client";
  const clientId = await registerClient(wish.fetch, server, { redirectUri, clientName });
  const scopes = wish.scopes ?? server.scopes;
  const { url, verifier, state } = await authorizeUrl(server, { clientId, redirectUri, scopes, resource });
  const consent = { ...wish.typed, decision: "allow", scope: wish.grants ?? scopes };
  const answer = await browser.submit(await browser.get(url), "/authorize", consent);
  return redeemCode(wish.fetch, server, { ...codeIn(answer, state), clientId, redirectUri, verifier, resource });
}

/** The metadata of a resource and of its authorization server. */
export interface ServerMetadata {
  readonly scopes: readonly string[];
  readonly authorizationServer: AuthorizationServerMetadata;
}

/** Reads the metadata (RFC 9728, then RFC 8414). Refuses a resource whose metadata names another address (RFC 9728 section 3.3). */
export async function discover(send: Send, resource: string): Promise<ServerMetadata> {
  const fetchFn = fetchBy(send);
  const about = await discoverOAuthProtectedResourceMetadata(resource, {}, fetchFn);
  if (about.resource !== resource) throw new Error(`${resource} calls itself ${about.resource}`);
  const [issuer] = about.authorization_servers ?? [];
  if (!issuer) throw new Error("the resource names no authorization server");
  const authorizationServer = await discoverAuthorizationServerMetadata(issuer, { fetchFn });
  if (!authorizationServer) throw new Error(`${issuer} publishes no metadata`);
  return { scopes: about.scopes_supported ?? [], authorizationServer };
}

/** Dynamic registration of a public client, with the defaults that the library gives its own. */
export async function registerClient(
  send: Send,
  { authorizationServer: metadata }: Pick<ServerMetadata, "authorizationServer">,
  { redirectUri, clientName }: { redirectUri: string; clientName: string },
): Promise<string> {
  const clientMetadata = resolveClientMetadata({
    redirectUrl: redirectUri,
    clientMetadata: { redirect_uris: [redirectUri], client_name: clientName, token_endpoint_auth_method: "none" },
  });
  const registered = await register(metadata.issuer, { metadata, clientMetadata, fetchFn: fetchBy(send) });
  return registered.client_id;
}

/** An authorization request with fresh PKCE and state. */
export async function authorizeUrl(
  { authorizationServer: metadata }: Pick<ServerMetadata, "authorizationServer">,
  wish: { clientId: string; redirectUri: string; scopes: readonly string[]; resource: string },
): Promise<{ url: string; verifier: string; state: string }> {
  const state = crypto.randomUUID();
  const { authorizationUrl, codeVerifier } = await startAuthorization(metadata.issuer, {
    metadata,
    clientInformation: { client_id: wish.clientId },
    redirectUrl: wish.redirectUri,
    scope: wish.scopes.join(" "),
    state,
    resource: wish.resource,
  });
  return { url: authorizationUrl.href, verifier: codeVerifier, state };
}

/** The code in the redirect after consent, and the issuer that the redirect names (RFC 9207). */
export function codeIn(answer: Response, state: string): { code: string; iss: string | undefined } {
  const location = answer.headers.get("Location");
  const query = new URL(location ?? "about:blank").searchParams;
  const code = query.get("code");
  if (!code || query.get("state") !== state) throw new Error(`no code: ${answer.status} ${location ?? ""}`);
  return { code, iss: query.get("iss") ?? undefined };
}

interface Redemption extends ReturnType<typeof codeIn> {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly verifier: string;
  readonly resource: string;
}

/** Exchanges a code for the first tokens. A redirect that names another issuer is refused before the code is sent. */
export async function redeemCode(
  send: Send,
  { authorizationServer: metadata }: Pick<ServerMetadata, "authorizationServer">,
  { code, iss, clientId, redirectUri, verifier, resource }: Redemption,
): Promise<ObtainedToken> {
  const tokens = exchangeAuthorization(metadata.issuer, {
    metadata,
    clientInformation: { client_id: clientId },
    authorizationCode: code,
    ...(iss !== undefined && { iss }),
    codeVerifier: verifier,
    redirectUri,
    resource,
    fetchFn: fetchBy(send),
  });
  return tokenIn(await withErrorCode(tokens), { clientId, resource, authorizationServer: metadata });
}

/** Exchanges a refresh token for the next tokens. */
export async function refresh(send: Send, token: ObtainedToken): Promise<ObtainedToken> {
  const { clientId, refreshToken, resource, authorizationServer: metadata } = token;
  const tokens = refreshAuthorization(metadata.issuer, {
    metadata,
    clientInformation: { client_id: clientId },
    refreshToken,
    resource,
    fetchFn: fetchBy(send),
  });
  return tokenIn(await withErrorCode(tokens), token);
}

/** Revokes a token (RFC 7009). The library has no call for it. */
export function revoke(
  send: Send,
  { clientId, authorizationServer }: Pick<ObtainedToken, "clientId" | "authorizationServer">,
  token: string,
): Promise<Response> {
  const url = "revocation_endpoint" in authorizationServer ? authorizationServer.revocation_endpoint : undefined;
  if (typeof url !== "string") throw new Error("the authorization server revokes no tokens");
  return send(new Request(url, { method: "POST", body: new URLSearchParams({ token, client_id: clientId }) }));
}

/** `send` as the library's `fetch`. */
function fetchBy(send: Send): FetchLike {
  return (url, init) => send(new Request(url, init));
}

/** Rethrows the library's error with the code of the refusal at the beginning of its message. */
async function withErrorCode<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw new Error(`${error.code}: ${error.message}`, { cause: error });
  }
}

function tokenIn(
  { access_token, refresh_token, scope, expires_in }: OAuthTokens,
  { clientId, resource, authorizationServer }: Pick<ObtainedToken, "clientId" | "resource" | "authorizationServer">,
): ObtainedToken {
  if (refresh_token === undefined || scope === undefined || expires_in === undefined) {
    throw new Error("refresh_token, scope or expires_in is missing in the answer");
  }
  return {
    accessToken: access_token,
    refreshToken: refresh_token,
    scopes: scope.split(" "),
    expiresInSeconds: expires_in,
    clientId,
    resource,
    authorizationServer,
  };
}
