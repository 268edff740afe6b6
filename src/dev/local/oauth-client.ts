/** Sends one request without following redirects: a Worker in process, or a server at the other end of a socket. */
export type Send = (request: Request) => Promise<Response>;

/** The same over a socket. */
export const overSocket: Send = (request) => fetch(request);

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** What a client ends up with. */
export interface ObtainedToken {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly scopes: readonly string[];
  readonly expiresInSeconds: number;
  readonly clientId: string;
  readonly resource: string;
  readonly tokenEndpoint: string;
}

export interface TokenWish {
  readonly fetch: Send;
  /** The server's public origin. */
  readonly origin: string;
  readonly as: Credentials;
  /** What the client asks for. The resource's own list when left out. */
  readonly scopes?: readonly string[];
  /** What the person ticks; all that was asked for when left out. */
  readonly grants?: readonly string[];
  /** The full address of the resource: `${origin}/mcp` or `${origin}/api`. */
  readonly resource: string;
  readonly clientName?: string;
  readonly redirectUri?: string;
}

/**
 * The whole way from an address to a token, as a client and a browser go it: metadata, registration, sign-in through
 * the form, consent, code, token. Throws with the answer's text when a step is refused.
 */
export async function obtainToken(wish: TokenWish): Promise<ObtainedToken> {
  const browser = openBrowser(wish.fetch, wish.origin);
  await signIn(browser, wish.as);
  const server = await discover(wish.fetch, wish.resource);
  const redirectUri = wish.redirectUri ?? "http://localhost:6543/callback";
  const clientId = await registerClient(wish.fetch, server, {
    redirectUri,
    clientName: wish.clientName ?? "Test client",
  });
  const scopes = wish.scopes ?? server.scopes;
  const attempt = await authorizeUrl(server, { clientId, redirectUri, scopes, resource: wish.resource });
  const page = await browser.get(attempt.url);
  const answer = await browser.submit(page, "/authorize", { decision: "allow", scope: wish.grants ?? scopes });
  const code = codeIn(answer, attempt.state);
  return redeemCode(wish.fetch, server, {
    code,
    clientId,
    redirectUri,
    verifier: attempt.verifier,
    resource: wish.resource,
  });
}

/** What the metadata of a resource and of its authorization server say. */
export interface ServerMetadata {
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly registrationEndpoint: string;
}

/** RFC 9728, then RFC 8414: both addresses are built as the standards say, not guessed. */
export async function discover(send: Send, resource: string): Promise<ServerMetadata> {
  const about = await json(await send(new Request(wellKnown(resource, "oauth-protected-resource"))));
  const [issuer] = texts(about.authorization_servers);
  if (!issuer) throw new Error("the resource names no authorization server");
  const server = await json(await send(new Request(wellKnown(issuer, "oauth-authorization-server"))));
  return {
    issuer,
    scopes: texts(about.scopes_supported),
    authorizationEndpoint: text(server.authorization_endpoint),
    tokenEndpoint: text(server.token_endpoint),
    registrationEndpoint: text(server.registration_endpoint),
  };
}

/** Dynamic registration of a public client. */
export async function registerClient(
  send: Send,
  server: ServerMetadata,
  { redirectUri, clientName }: { redirectUri: string; clientName: string },
): Promise<string> {
  const body = { redirect_uris: [redirectUri], client_name: clientName, token_endpoint_auth_method: "none" };
  const registered = await json(
    await send(
      new Request(server.registrationEndpoint, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      }),
    ),
  );
  return text(registered.client_id);
}

/** An authorization request with fresh PKCE and state. */
export async function authorizeUrl(
  server: ServerMetadata,
  wish: { clientId: string; redirectUri: string; scopes: readonly string[]; resource: string },
): Promise<{ url: string; verifier: string; state: string }> {
  const verifier = randomText(32);
  const state = randomText(16);
  const url = new URL(server.authorizationEndpoint);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const query = {
    response_type: "code",
    client_id: wish.clientId,
    redirect_uri: wish.redirectUri,
    scope: wish.scopes.join(" "),
    resource: wish.resource,
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(query)) if (value !== "") url.searchParams.set(name, value);
  return { url: url.href, verifier, state };
}

/** The code in the redirect that answers a consent. */
export function codeIn(answer: Response, state: string): string {
  const location = answer.headers.get("Location");
  const query = new URL(location ?? "about:blank").searchParams;
  const code = query.get("code");
  if (!code || query.get("state") !== state) throw new Error(`no code: ${answer.status} ${location ?? ""}`);
  return code;
}

export async function redeemCode(
  send: Send,
  server: Pick<ServerMetadata, "tokenEndpoint">,
  {
    code,
    clientId,
    redirectUri,
    verifier,
    resource,
  }: { code: string; clientId: string; redirectUri: string; verifier: string; resource: string },
): Promise<ObtainedToken> {
  const answer = await postForm(send, server.tokenEndpoint, {
    grant_type: "authorization_code",
    code,
    client_id: clientId,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    resource,
  });
  return tokenIn(answer, { clientId, resource, tokenEndpoint: server.tokenEndpoint });
}

/** Trades a refresh token for the next pair. */
export async function refresh(send: Send, token: ObtainedToken): Promise<ObtainedToken> {
  const answer = await postForm(send, token.tokenEndpoint, {
    grant_type: "refresh_token",
    refresh_token: token.refreshToken,
    client_id: token.clientId,
    resource: token.resource,
  });
  return tokenIn(answer, token);
}

/** RFC 7009. */
export function revoke(send: Send, token: ObtainedToken, which: string): Promise<Response> {
  return postForm(send, token.tokenEndpoint, { token: which, client_id: token.clientId });
}

/** A form post without a browser's cookies or headers, as OAuth clients make it. */
export function postForm(send: Send, url: string, fields: Record<string, string>): Promise<Response> {
  return send(new Request(url, { method: "POST", body: new URLSearchParams(fields) }));
}

/** A browser as far as our pages need one: cookies, forms, and the headers that prove a same-origin form. */
export interface Browser {
  get(path: string): Promise<Response>;
  /** Posts fields as a form of our own page would. */
  post(path: string, fields: Record<string, string | readonly string[]>, headers?: HeadersInit): Promise<Response>;
  /** Fills in the form of a page that posts to `action`, hidden fields included, and sends it. */
  submit(page: Response, action: string, fields: Record<string, string | readonly string[]>): Promise<Response>;
  readonly cookies: Map<string, string>;
}

export function openBrowser(send: Send, origin: string): Browser {
  const cookies = new Map<string, string>();
  const request = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (cookies.size > 0) headers.set("Cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
    const answer = await send(new Request(new URL(path, origin), { ...init, headers, redirect: "manual" }));
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = "", ...attributes] = cookie.split(";");
      const name = pair.slice(0, pair.indexOf("="));
      if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) cookies.delete(name);
      else cookies.set(name, pair.slice(name.length + 1));
    }
    return answer;
  };
  const post: Browser["post"] = (path, fields, headers) => {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
      for (const one of typeof value === "string" ? [value] : value) body.append(name, one);
    }
    return request(path, {
      method: "POST",
      body,
      headers: { Origin: origin, "Sec-Fetch-Site": "same-origin", ...headers },
    });
  };
  return {
    cookies,
    get: (path) => request(path),
    post,
    async submit(page, action, fields) {
      return post(action, { ...hiddenFields(await page.text(), action), ...fields });
    },
  };
}

/** Signs in through the page. */
export async function signIn(browser: Browser, { email, password }: Credentials): Promise<void> {
  const answer = await browser.submit(await browser.get("/sign-in"), "/sign-in", { email, password });
  if (answer.status !== 303) throw new Error(`sign-in was refused: ${answer.status} ${await answer.text()}`);
}

/** Makes an account through the page of a server that sends no mail, and signs in. */
export async function signUp(browser: Browser, person: Credentials & { name: string }): Promise<void> {
  const answer = await browser.submit(await browser.get("/sign-up"), "/sign-up", { ...person });
  if (answer.status !== 303) throw new Error(`sign-up was refused: ${answer.status} ${await answer.text()}`);
  await signIn(browser, person);
}

/** The hidden fields of the page's form that posts to `action`. */
export function hiddenFields(html: string, action: string): Record<string, string> {
  const form = [...html.matchAll(/<form[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/gs)].find(
    (found) => found[1] === action,
  );
  if (!form) throw new Error(`no form for ${action} in: ${html}`);
  const fields: Record<string, string> = {};
  for (const [input] of (form[2] ?? "").matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    fields[attribute(input, "name")] = attribute(input, "value");
  }
  return fields;
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
  return value
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** The address of a well-known document: the path of what it describes goes behind it (RFC 8414 section 3, RFC 9728 section 3). */
export function wellKnown(subject: string, name: string): string {
  const { origin, pathname } = new URL(subject);
  return `${origin}/.well-known/${name}${pathname === "/" ? "" : pathname}`;
}

async function tokenIn(
  answer: Response,
  about: Pick<ObtainedToken, "clientId" | "resource" | "tokenEndpoint">,
): Promise<ObtainedToken> {
  const body = await json(answer);
  return {
    ...about,
    accessToken: text(body.access_token),
    refreshToken: text(body.refresh_token),
    scopes: text(body.scope).split(" "),
    expiresInSeconds: Number(body.expires_in),
  };
}

async function json(answer: Response): Promise<Record<string, unknown>> {
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${body}`);
  const value: unknown = JSON.parse(body);
  if (typeof value !== "object" || value === null) throw new Error(`no object: ${body}`);
  return { ...value };
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new Error("a text is missing in the answer");
  return value;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

function randomText(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
