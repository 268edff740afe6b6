import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { type AuthServer, BUYER, call, ORIGIN, startAuth } from "./server.ts";

const MCP = `${ORIGIN}/mcp`;
const LOOPBACK = "http://127.0.0.1:41234/callback";
const VERIFIER = "a".repeat(50);
let server: AuthServer;
let browser: Browser;
beforeAll(async () => {
  server = await startAuth();
  browser = openBrowser(server.send, ORIGIN);
  await signIn(browser, BUYER);
});
// Registrations are counted by the minute.
beforeEach(() => server.clock.set(server.clock.now() + 60_000));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

interface Registered {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly redirect_uris: readonly string[];
  readonly token_endpoint_auth_method: string;
  readonly [member: string]: unknown;
}

const post = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
  server.send(new Request(ORIGIN + path, { method: "POST", body, headers }));
const registering = (metadata: unknown) =>
  post("/oauth/register", JSON.stringify(metadata), { "Content-Type": "application/json" });
const register = async (metadata: Record<string, unknown>) => {
  const answer = await registering({ client_name: "Shape", ...metadata });
  expect(answer.status).toBe(201);
  return answer.json<Registered>();
};

/** The challenge of `VERIFIER`, or of another. */
async function challengeOf(verifier = VERIFIER): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return Buffer.from(hash).toString("base64url");
}

/** The code of a consent, with the address that it was sent to. */
async function consent(client: Registered, asked: Record<string, string | null> = {}) {
  const url = new URL(`${ORIGIN}/authorize`);
  const redirectUri = client.redirect_uris[0] ?? "";
  const parameters = {
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: redirectUri,
    code_challenge: await challengeOf(),
    code_challenge_method: "S256",
    resource: MCP,
    ...asked,
  };
  for (const [name, value] of Object.entries(parameters)) if (value !== null) url.searchParams.set(name, value);
  const page = await browser.get(url.href);
  expect(page.status).toBe(200);
  const html = await page.clone().text();
  const scope = [...html.matchAll(/<input type="checkbox"[^>]*value="([^"]+)"[^>]*checked/g)].map(
    ([, word]) => word ?? "",
  );
  const answer = await browser.submit(page, "/authorize", { decision: "allow", scope });
  const location = answer.headers.get("Location") ?? "";
  return { html, location, code: new URL(location).searchParams.get("code") ?? "", redirectUri };
}

type Method = "basic" | "post" | "none";

/** Posts a form to the token endpoint, with the client's credentials where the method puts them. */
function tokens(client: Registered, method: Method, fields: Record<string, string>, also: Record<string, string> = {}) {
  const form = new URLSearchParams(fields);
  const headers: Record<string, string> = {};
  const { client_id: id, client_secret: secret = "" } = client;
  if (method === "basic") headers.Authorization = `Basic ${btoa(`${percent(id)}:${percent(secret)}`)}`;
  else form.set("client_id", id);
  if (method === "post") form.set("client_secret", secret);
  for (const [name, value] of Object.entries(also)) form.append(name, value);
  return post("/oauth/token", form, headers);
}

/** Every character in its encoded form, as RFC 6749 section 2.3.1 allows it. */
const percent = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");

const redemption = ({ code, redirectUri }: { code: string; redirectUri: string }, resource: string | null = MCP) => ({
  grant_type: "authorization_code",
  code,
  redirect_uri: redirectUri,
  code_verifier: VERIFIER,
  ...(resource === null ? {} : { resource }),
});

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
}

async function works(answer: Response): Promise<Tokens> {
  expect([answer.status, answer.status === 200 ? "" : await answer.clone().text()]).toEqual([200, ""]);
  const got = await answer.json<Tokens>();
  const seen = await call(server.send, MCP, got.access_token);
  expect(await seen.json()).toMatchObject({ resource: MCP });
  return got;
}

const refused = async (answer: Response) => [answer.status, (await answer.json<{ error: string }>()).error];

test("Basic with the same client_id in the form is one method, at code, refresh and revocation", async () => {
  const client = await register({ redirect_uris: [LOOPBACK] });
  expect(client.token_endpoint_auth_method).toBe("client_secret_basic");
  const id = { client_id: client.client_id };
  const got = await works(await tokens(client, "basic", redemption(await consent(client)), id));
  const next = await works(
    await tokens(client, "basic", { grant_type: "refresh_token", refresh_token: got.refresh_token }, id),
  );
  expect((await tokens(client, "basic", { token: next.access_token }, id)).status).toBe(200);
  expect((await call(server.send, MCP, next.access_token)).status).toBe(401);
});

test("another client_id beside Basic, or a secret in both places, is refused and costs no code", async () => {
  const client = await register({ redirect_uris: [LOOPBACK] });
  const other = await register({ redirect_uris: [LOOPBACK] });
  const agreed = await consent(client);
  const spoiled: Record<string, string>[] = [
    { client_id: other.client_id },
    { client_id: client.client_id, client_secret: client.client_secret ?? "" },
    { client_secret: client.client_secret ?? "" },
    { client_id: "\u0000" },
  ];
  for (const also of spoiled) {
    const answer = await tokens(client, "basic", redemption(agreed), also);
    expect([400, 401]).toContain(answer.status);
    expect(["invalid_request", "invalid_client"]).toContain((await answer.json<{ error: string }>()).error);
  }
  const wrong = { ...client, client_secret: "wrong" };
  const answer = await tokens(wrong, "basic", redemption(agreed), { client_id: client.client_id });
  expect(answer.headers.get("WWW-Authenticate")).toMatch(/^Basic /);
  expect(await refused(answer)).toEqual([401, "invalid_client"]);
  await works(await tokens(client, "basic", redemption(agreed)));
});

test.each([
  ["client_secret_post", "basic"],
  ["client_secret_basic", "post"],
  ["client_secret_post", "post"],
  ["client_secret_basic", "basic"],
] as const)(
  "a client that registered %s can send its secret by %s, and only the right one",
  async (registered, sent) => {
    const client = await register({ redirect_uris: [LOOPBACK], token_endpoint_auth_method: registered });
    expect(client.token_endpoint_auth_method).toBe(registered);
    const agreed = await consent(client);
    expect(await refused(await tokens({ ...client, client_secret: "wrong" }, sent, redemption(agreed)))).toEqual([
      401,
      "invalid_client",
    ]);
    expect(await refused(await tokens(client, "none", redemption(agreed)))).toEqual([401, "invalid_client"]);
    const got = await works(await tokens(client, sent, redemption(agreed)));
    await works(await tokens(client, sent, { grant_type: "refresh_token", refresh_token: got.refresh_token }));
  },
);

test("a client without a secret stays one", async () => {
  const client = await register({ redirect_uris: [LOOPBACK], token_endpoint_auth_method: "none" });
  expect(client.client_secret).toBeUndefined();
  const agreed = await consent(client);
  for (const method of ["basic", "post"] as const) {
    const answer = await tokens({ ...client, client_secret: "made-up" }, method, redemption(agreed));
    expect(await refused(answer)).toEqual([401, "invalid_client"]);
  }
  await works(await tokens(client, "none", redemption(agreed)));
});

test.each([
  ["anywhere", null, null],
  ["at the token endpoint", MCP, null],
  ["at the page", null, MCP],
])("no resource %s means /mcp", async (_where, atPage, atToken) => {
  const client = await register({ redirect_uris: [LOOPBACK], token_endpoint_auth_method: "none" });
  const agreed = await consent(client, { resource: atPage });
  expect(agreed.html).toContain(`<code>${MCP}</code>`);
  const got = await works(await tokens(client, "none", redemption(agreed, atToken)));
  await works(await tokens(client, "none", { grant_type: "refresh_token", refresh_token: got.refresh_token }));
});

test("a grant for the API stays one when the token request names no resource", async () => {
  const client = await register({ redirect_uris: [LOOPBACK], token_endpoint_auth_method: "none" });
  const answer = await tokens(client, "none", redemption(await consent(client, { resource: `${ORIGIN}/api` }), null));
  const { access_token: token } = await answer.json<Tokens>();
  expect((await call(server.send, MCP, token)).status).toBe(401);
  expect((await call(server.send, `${ORIGIN}/api/x`, token)).status).toBe(200);
});

test.each([
  ["openid email profile", "checkout:write affiliates:write"],
  ["offline_access", "checkout:write affiliates:write"],
  ["checkout:write offline_access", "checkout:write"],
  ["", "checkout:write affiliates:write"],
])("the scope %j is granted as %j, with a refresh token", async (asked, granted) => {
  const client = await register({ redirect_uris: [LOOPBACK], token_endpoint_auth_method: "none" });
  const fields = { ...redemption(await consent(client, { scope: asked })), scope: asked };
  const got = await works(await tokens(client, "none", fields));
  expect(got.scope).toBe(granted);
  const again = { grant_type: "refresh_token", refresh_token: got.refresh_token, scope: "offline_access" };
  expect((await works(await tokens(client, "none", again))).scope).toBe(granted);
});

test("null and empty metadata is as left out, and what this server doesn't do is left out of the registration", async () => {
  const registered = await register({
    redirect_uris: [LOOPBACK],
    logo_uri: null,
    client_uri: "",
    tos_uri: "",
    policy_uri: "not an address",
    "client_name#de": null,
    contacts: "ops@client.example",
    jwks_uri: "data:,x",
    token_endpoint_auth_method: null,
    grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    response_types: ["code", "token", "code id_token"],
  });
  expect(registered).toMatchObject({
    redirect_uris: [LOOPBACK],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "client_secret_basic",
  });
  for (const member of ["logo_uri", "client_uri", "tos_uri", "policy_uri", "contacts", "jwks_uri", "client_name#de"]) {
    expect(registered).not.toHaveProperty(member);
  }
  await works(await tokens(registered, "basic", redemption(await consent(registered))));
  const kept = { client_uri: "https://client.example", logo_uri: "https://client.example/logo.png" };
  expect(await register({ redirect_uris: [LOOPBACK], ...kept })).toMatchObject(kept);
});

test("the answer says which redirect addresses are registered, and only those get a code", async () => {
  const taken = ["cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/oauth/callback", LOOPBACK];
  const registered = await register({
    redirect_uris: [
      "javascript:alert(1)",
      ...taken,
      "http://evil.example/callback",
      7,
      "intent://x#Intent;end",
      "https://u:p@a.example/",
      taken[0],
    ],
    token_endpoint_auth_method: "none",
  });
  expect(registered.redirect_uris).toEqual(taken);
  for (const uri of taken) {
    await works(await tokens(registered, "none", redemption(await consent({ ...registered, redirect_uris: [uri] }))));
  }
});

test.each([
  "javascript:alert(1)",
  "JavaScript:alert(1)",
  "data:text/html,x",
  "file:///etc/passwd",
  "vbscript:x",
  "blob:https://app.test/x",
  "about:blank",
  "view-source:https://app.test/",
  "intent://scan/#Intent;scheme=zxing;end",
  "intent://scan/",
  "ms-msdt:/id",
  "search-ms:query=x",
  "chrome-extension://abc/cb",
  "web+commerce://x",
  "mailto:a@b.example",
  "ws://client.example/",
  "ftp://client.example/",
  "http://client.example/callback",
  "http://localhost.client.example/callback",
  "http://127.0.0.1.client.example/callback",
  "https://client.example/callback#fragment",
  "https://user@client.example/callback",
  "https://client.example/call back",
  "c:/callback",
  "callback",
  "",
])("%j alone gets no registration", async (uri) => {
  expect(await refused(await registering({ redirect_uris: [uri], client_name: "x" }))).toEqual([
    400,
    "invalid_redirect_uri",
  ]);
});

test.each([
  ["a client of another grant alone", { grant_types: ["client_credentials"] }, "invalid_client_metadata"],
  ["a client of refresh tokens alone", { grant_types: ["refresh_token"] }, "invalid_client_metadata"],
  ["a client that wants tokens in the redirect", { response_types: ["token"] }, "invalid_client_metadata"],
  [
    "a method of authentication that isn't offered",
    { token_endpoint_auth_method: "private_key_jwt" },
    "invalid_client_metadata",
  ],
  ["no redirect address", { redirect_uris: [] }, "invalid_redirect_uri"],
  ["redirect addresses as text", { redirect_uris: LOOPBACK }, "invalid_redirect_uri"],
])("%s is not narrowed into something else", async (_what, metadata, error) => {
  expect(await refused(await registering({ redirect_uris: [LOOPBACK], ...metadata }))).toEqual([400, error]);
});

test.each(["[]", "null", "no JSON", ""])("the registration %j is refused", async (body) => {
  expect(await refused(await post("/oauth/register", body))).toEqual([400, "invalid_client_metadata"]);
});

test.each([
  ["cursor://anysphere.cursor-mcp/oauth/callback", "cursor:"],
  ["vscode://publisher.extension/callback", "vscode:"],
  ["vscode-insiders://publisher.extension/callback", "vscode-insiders:"],
  ["com.example.app:/callback", "com.example.app:"],
])("an editor signs in at %s, and the page tells where access goes", async (uri, scheme) => {
  const client = await register({ redirect_uris: [uri], token_endpoint_auth_method: "none" });
  const agreed = await consent(client);
  expect(agreed.html).toContain(`the program on this computer that opens <strong>${scheme}</strong> links`);
  expect(agreed.html).toContain("Another program there could claim such links");
  expect(agreed.location.startsWith(`${uri}?code=`)).toBe(true);
  await works(await tokens(client, "none", redemption(agreed)));
});

test("a loopback address is told from a program's", async () => {
  const client = await register({ redirect_uris: ["https://client.example/cb", LOOPBACK, "cursor://localhost/cb"] });
  const pageFor = async (uri: string) => (await consent({ ...client, redirect_uris: [uri] })).html;
  expect(await pageFor("https://client.example/cb")).not.toContain("on your own computer");
  expect(await pageFor(LOOPBACK)).toContain("an app on your own computer");
  expect(await pageFor("cursor://localhost/cb")).toContain("a program on your own computer");
});

test("the metadata of the server stands at every address at which clients look, and not at the root", async () => {
  const read = (path: string, init: RequestInit = {}) => server.send(new Request(ORIGIN + path, init));
  const own = await (await read("/.well-known/oauth-authorization-server/oauth")).json();
  expect(own).toMatchObject({ issuer: `${ORIGIN}/oauth` });
  for (const path of [
    "/oauth/.well-known/openid-configuration",
    "/oauth/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration/oauth",
  ]) {
    const answer = await read(path, { headers: { Origin: "https://client.example" } });
    expect([path, answer.status]).toEqual([path, 200]);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("https://client.example");
    expect(await answer.json()).toEqual(own);
    expect((await read(path, { method: "OPTIONS" })).status).toBe(204);
    expect((await read(path, { method: "POST", body: "x" })).status).toBe(405);
  }
  for (const path of ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]) {
    expect((await read(path)).status).toBe(404);
  }
});

test.each(["\n", "\u0000", "\r\nforged: line", " ", "\u0085", "x".repeat(501)])(
  "a client_id with %j is refused at the token endpoint before it is fetched or logged",
  async (part) => {
    const fetched = vi.fn(async () => new Response("gone", { status: 500 }));
    vi.stubGlobal("fetch", fetched);
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const id = `https://tool.example/client${part}.json`;
    const fields = { grant_type: "refresh_token", refresh_token: "a:b:c" };
    const iss = Buffer.from(JSON.stringify({ iss: id })).toString("base64url");
    const tries = [
      post("/oauth/token", new URLSearchParams({ ...fields, client_id: id })),
      post("/oauth/token", new URLSearchParams(fields), {
        Authorization: `Basic ${btoa(`${encodeURIComponent(id)}:x`)}`,
      }),
      post("/oauth/token", new URLSearchParams({ token: "a:b:c", client_id: id })),
      post(
        "/oauth/token",
        new URLSearchParams({
          ...fields,
          client_assertion: `e30.${iss}.x`,
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }),
      ),
    ];
    for (const answer of await Promise.all(tries)) expect(await refused(answer)).toEqual([401, "invalid_client"]);
    expect(fetched).not.toHaveBeenCalled();
    expect(warned).not.toHaveBeenCalled();
  },
);
