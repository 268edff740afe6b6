import { afterEach, beforeAll, expect, test, vi } from "vitest";
import {
  authorizeUrl,
  type Browser,
  codeIn,
  discover,
  hiddenFields,
  openBrowser,
  registerClient,
  type ServerMetadata,
  signIn,
} from "../support/oauth.ts";
import { type AuthServer, BUYER, ORIGIN, OWNER, startAuth } from "./server.ts";

const MCP = `${ORIGIN}/mcp`;
const CALLBACK = "https://client.example/callback";
let server: AuthServer;
let metadata: ServerMetadata;
let buyer: Browser;
let owner: Browser;
let clientId: string;

beforeAll(async () => {
  server = await startAuth();
  metadata = await discover(server.send, MCP);
  [buyer, owner] = [openBrowser(server.send, ORIGIN), openBrowser(server.send, ORIGIN)];
  await signIn(buyer, BUYER);
  await signIn(owner, OWNER);
  clientId = await register("Shop helper");
});
afterEach(() => void vi.unstubAllGlobals());

const register = (clientName: string, redirectUri = CALLBACK) =>
  registerClient(server.send, metadata, { clientName, redirectUri });
const ask = (more: Partial<Parameters<typeof authorizeUrl>[1]> = {}) =>
  authorizeUrl(metadata, { clientId, redirectUri: CALLBACK, scopes: metadata.scopes, resource: MCP, ...more });
const change = (url: string, parameter: string, value?: string) => {
  const changed = new URL(url);
  if (value === undefined) changed.searchParams.delete(parameter);
  else changed.searchParams.set(parameter, value);
  return changed.href;
};
const errorIn = (answer: Response) => {
  const location = new URL(answer.headers.get("Location") ?? "about:blank");
  return {
    at: location.origin + location.pathname,
    error: location.searchParams.get("error"),
    iss: location.searchParams.get("iss"),
  };
};

test("the page names the client, where access goes, what for and who grants, and lets the browser load nothing else", async () => {
  const page = await buyer.get((await ask()).url);
  const html = await page.text();
  for (const text of [
    "Let Shop helper act for you at Example &amp; Sons?",
    "The name has not been checked",
    "client.example",
    MCP,
    BUYER.email,
  ]) {
    expect(html).toContain(text);
  }
  expect(
    html
      .match(/<input type="checkbox"[^>]*/g)
      ?.map((tag) => [/value="([^"]+)"/.exec(tag)?.[1], tag.includes("checked")]),
  ).toEqual([
    ["checkout:write", true],
    ["affiliates:write", true],
  ]);
  expect(html).not.toContain("on your own computer");
  expect(page.headers.get("Content-Security-Policy")).toMatch(
    /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; frame-ancestors 'none'; base-uri 'none'$/,
  );
  expect(page.headers.get("X-Frame-Options")).toBe("DENY");
  expect(page.headers.get("Cache-Control")).toBe("no-store");
  expect(page.headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(page.headers.get("Strict-Transport-Security")).toBe("max-age=31536000");
});

test("the owner sees owner scopes, unticked even when they were asked for", async () => {
  const html = await (await owner.get((await ask({ scopes: ["checkout:write", "owner:read", "unknown"] })).url)).text();
  expect(
    html
      .match(/<input type="checkbox"[^>]*/g)
      ?.map((tag) => [/value="([^"]+)"/.exec(tag)?.[1], tag.includes("checked")]),
  ).toEqual([
    ["checkout:write", true],
    ["owner:read", false],
    ["owner:write", false],
  ]);
});

test("a client on this computer comes with a warning", async () => {
  const redirectUri = "http://localhost:5000/callback";
  const local = await register("Local", redirectUri);
  expect(await (await buyer.get((await ask({ clientId: local, redirectUri })).url)).text()).toContain(
    "on your own computer",
  );
});

test.each([
  ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
  ['"><img src=x onerror=alert(1)>', "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"],
  ["Evil\u202Egnp.exe\u200B\u0000\uD800", "Evilgnp.exe"],
  ["\u3164\u200D", "Let "],
  ["x".repeat(200), `${"x".repeat(59)}…`],
])("a hostile name %j is shown as plain, visible text", async (name, shown) => {
  const hostile = await register(name);
  const html = await (await buyer.get((await ask({ clientId: hostile })).url)).text();
  expect(html).toContain(shown);
  for (const raw of ["<script>alert", "<img", "\u202E", "\u200B", "\u200D", "\u3164"]) expect(html).not.toContain(raw);
});

test.each([
  ["a redirect address of another client", "redirect_uri", "https://evil.example/callback"],
  ["a redirect address with more behind it", "redirect_uri", `${CALLBACK}/../../evil`],
  ["no redirect address", "redirect_uri", undefined],
  ["an unknown client", "client_id", "unknown"],
  ["no client", "client_id", undefined],
])("%s is answered here, never with a redirect", async (_what, parameter, value) => {
  const answer = await buyer.get(change((await ask()).url, parameter, value));
  expect([answer.status, answer.headers.get("Location")]).toEqual([400, null]);
  expect(await answer.text()).toContain("can&#39;t be connected");
});

test.each([
  ["no PKCE", (url: string) => change(change(url, "code_challenge"), "code_challenge_method"), "invalid_request"],
  ["plain PKCE", (url: string) => change(url, "code_challenge_method", "plain"), "invalid_request"],
  ["PKCE without a method", (url: string) => change(url, "code_challenge_method"), "invalid_request"],
  ["another resource", (url: string) => change(url, "resource", "https://other.example/mcp"), "invalid_target"],
  ["the public endpoint as resource", (url: string) => change(url, "resource", `${MCP}/public`), "invalid_target"],
  ["a token in place of a code", (url: string) => change(url, "response_type", "token"), "unsupported_response_type"],
  ["scopes that no person can grant", (url: string) => change(url, "scope", "owner:read admin"), "invalid_scope"],
])("%s goes back to the client as an error", async (_what, spoil, error) => {
  const answer = await buyer.get(spoil((await ask()).url));
  expect(errorIn(answer)).toEqual({ at: CALLBACK, error, iss: "https://app.test/oauth" });
});

test("a client with a secret needs PKCE too", async () => {
  const registered = await server.send(
    new Request(metadata.authorizationServer.registration_endpoint ?? "", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ redirect_uris: [CALLBACK], client_name: "Secret" }),
    }),
  );
  const { client_id } = await registered.json<{ client_id: string }>();
  const url = (await ask({ clientId: client_id })).url;
  expect(errorIn(await buyer.get(change(change(url, "code_challenge"), "code_challenge_method"))).error).toBe(
    "invalid_request",
  );
});

test("deny, and allow with nothing ticked, tell the client that access was denied", async () => {
  for (const fields of [
    { decision: "deny", scope: ["checkout:write"] },
    { decision: "allow" },
    { decision: "allow", scope: ["owner:write"] },
  ]) {
    const answer = await buyer.submit(await buyer.get((await ask()).url), "/authorize", fields);
    expect(errorIn(answer)).toEqual({ at: CALLBACK, error: "access_denied", iss: "https://app.test/oauth" });
  }
});

test("an answer counts once, from the browser and the session that saw the page, with its token", async () => {
  const attempt = await ask();
  const html = await (await buyer.get(attempt.url)).text();
  const fields = { ...hiddenFields(html, "/authorize"), decision: "allow", scope: ["checkout:write"] };

  expect((await buyer.post("/authorize", { ...fields, formToken: "forged" })).status).toBe(403);
  expect((await buyer.post("/authorize", fields, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
  expect((await buyer.post("/authorize", fields, { "Sec-Fetch-Site": "same-site" })).status).toBe(403);
  expect((await owner.post("/authorize", fields)).status).toBe(403);
  // The same person, in another browser: the page's cookie is not there.
  const elsewhere = openBrowser(server.send, ORIGIN);
  await signIn(elsewhere, BUYER);
  const ownToken = hiddenFields(await (await elsewhere.get((await ask()).url)).text(), "/authorize").formToken ?? "";
  expect((await elsewhere.post("/authorize", { ...fields, formToken: ownToken })).status).toBe(400);

  expect(codeIn(await buyer.post("/authorize", fields), attempt.state).code).toBeTruthy();
  const replayed = await buyer.post("/authorize", fields);
  expect([replayed.status, replayed.headers.get("Location")]).toEqual([400, null]);
});

test("a consent page of one person can't be answered after another has signed in", async () => {
  const shared = openBrowser(server.send, ORIGIN);
  await signIn(shared, BUYER);
  const html = await (await shared.get((await ask()).url)).text();
  await shared.submit(await shared.get("/account"), "/sign-out", {});
  await signIn(shared, OWNER);
  const fields = { ...hiddenFields(html, "/authorize"), decision: "allow", scope: ["checkout:write"] };
  expect((await shared.post("/authorize", fields)).status).toBe(403);
});

test("a client with a metadata document is known by its domain", async () => {
  const url = "https://tool.example/client.json";
  vi.stubGlobal("fetch", async () =>
    Response.json({
      client_id: url,
      client_name: "Tool",
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: "none",
    }),
  );
  const html = await (await buyer.get((await ask({ clientId: url })).url)).text();
  expect(html).toContain("Published by <strong>tool.example</strong>");

  vi.stubGlobal("fetch", async () => new Response("gone", { status: 500 }));
  const gone = await buyer.get((await ask({ clientId: "https://gone.example/client.json" })).url);
  expect([gone.status, gone.headers.get("Location")]).toEqual([400, null]);
});
