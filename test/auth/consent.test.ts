import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import type { Bindings } from "../../src/env.ts";
import { SCOPES } from "../../src/kernel/actor.ts";
import { writes } from "../../tools/index.ts";
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
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

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

const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const add = (url: string, parameter: string, value: string) => {
  const added = new URL(url);
  added.searchParams.append(parameter, value);
  return added.href;
};

/** A page of ours that shows a fault: its text, and the address behind its link. */
async function faultIn(answer: Response) {
  expect([answer.status, answer.headers.get("Location")]).toEqual([400, null]);
  const html = await answer.text();
  const href = /<main.*<a href="([^"]+)"/s.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "about:blank";
  const link = new URL(href);
  return {
    html,
    at: link.protocol + (link.host && `//${link.host}`) + link.pathname,
    error: link.searchParams.get("error"),
    iss: link.searchParams.get("iss"),
    state: link.searchParams.getAll("state").length,
  };
}

test.each([
  ["no PKCE", (url: string) => change(change(url, "code_challenge"), "code_challenge_method"), "invalid_request"],
  ["plain PKCE", (url: string) => change(url, "code_challenge_method", "plain"), "invalid_request"],
  ["a made-up method", (url: string) => change(url, "code_challenge_method", "QUOTED"), "invalid_request"],
  ["PKCE without a method", (url: string) => change(url, "code_challenge_method"), "invalid_request"],
  ["a short challenge", (url: string) => change(url, "code_challenge", CHALLENGE.slice(1)), "invalid_request"],
  ["a long challenge", (url: string) => change(url, "code_challenge", `${CHALLENGE}A`), "invalid_request"],
  ["a challenge of 128", (url: string) => change(url, "code_challenge", "A".repeat(128)), "invalid_request"],
  [
    "a challenge in base64",
    (url: string) => change(url, "code_challenge", CHALLENGE.replace("-", "+")),
    "invalid_request",
  ],
  ["another resource", (url: string) => change(url, "resource", "https://QUOTED.example/mcp"), "invalid_target"],
  ["the public endpoint as resource", (url: string) => change(url, "resource", `${MCP}/public`), "invalid_target"],
  ["two resources", (url: string) => add(url, "resource", `${ORIGIN}/api`), "invalid_target"],
  ["a token in place of a code", (url: string) => change(url, "response_type", "token"), "unsupported_response_type"],
  ["a made-up response type", (url: string) => change(url, "response_type", "QUOTED"), "unsupported_response_type"],
  ["no response type", (url: string) => change(url, "response_type"), "invalid_request"],
  ["scopes that no person can grant", (url: string) => change(url, "scope", "owner:read QUOTED"), "invalid_scope"],
  ["two scopes", (url: string) => add(url, "scope", "owner:read"), "invalid_request"],
  ["two response types", (url: string) => add(url, "response_type", "code"), "invalid_request"],
  ["two challenges", (url: string) => add(url, "code_challenge", CHALLENGE), "invalid_request"],
  ["two states", (url: string) => add(url, "state", "QUOTED"), "invalid_request"],
])("%s is shown here with the host, and goes back by a link alone", async (what, spoil, error) => {
  const url = spoil((await ask()).url);
  for (const address of [url, change(url, "prompt", "none")]) {
    const { html, ...link } = await faultIn(await buyer.get(address));
    expect(link).toEqual({ at: CALLBACK, error, iss: "https://app.test/oauth", state: what === "two states" ? 0 : 1 });
    expect(html).toContain("<strong>client.example</strong>");
    // Nothing that the request says is on the page, but its state behind the link.
    expect(html).not.toContain("QUOTED");
  }
});

test("a faulty request of an editor names its scheme", async () => {
  const redirectUri = "cursor://anysphere.cursor-mcp/oauth/callback";
  const editor = await register("Editor", redirectUri);
  const answer = await buyer.get(change((await ask({ clientId: editor, redirectUri })).url, "code_challenge"));
  const { html, at } = await faultIn(answer);
  expect(at).toBe(redirectUri);
  expect(html).toContain("<strong>cursor:</strong>");
});

test.each(["client_id", "redirect_uri"])("two of %s have no way back at all", async (parameter) => {
  const { url } = await ask();
  const { html, at } = await faultIn(
    await buyer.get(add(url, parameter, new URL(url).searchParams.get(parameter) ?? "")),
  );
  expect(at).toBe("about:blank");
  expect(html).toContain(`names ${parameter} more than once`);
});

test("the page for an unknown client, and for an unregistered address, says what helps", async () => {
  for (const [parameter, value] of [
    ["client_id", "unknown"],
    ["redirect_uri", "https://other.example/callback"],
  ] as const) {
    const { html, at } = await faultIn(await buyer.get(change((await ask()).url, parameter, value)));
    expect(html).toContain("Remove this server in the app and add it again");
    expect(at).toBe("about:blank");
    expect(html).not.toContain(value);
  }
});

test.each(["\n", "\u0000", "\r\nforged: line", " ", "\u202e", "x".repeat(501)])(
  "a client_id with %j is refused before sign-in, before it is fetched or logged",
  async (part) => {
    const fetched = vi.fn(async () => new Response("gone", { status: 500 }));
    vi.stubGlobal("fetch", fetched);
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const url = change((await ask()).url, "client_id", `https://QUOTED.example/client${part}.json`);
    for (const browser of [buyer, openBrowser(server.send, ORIGIN)]) {
      const { html, at } = await faultIn(await browser.get(url));
      expect(at).toBe("about:blank");
      expect(html).not.toContain("QUOTED");
    }
    expect(fetched).not.toHaveBeenCalled();
    expect(warned).not.toHaveBeenCalled();
  },
);

test("a redirect address that the library takes and that belongs to a browser is refused, also from a metadata document", async () => {
  for (const redirectUri of [
    "intent://scan/#Intent;end",
    "ms-msdt:/id",
    "about:blank",
    "http://tool.example/callback",
  ]) {
    const clientId = "https://tool.example/client.json";
    const names = { client_id: clientId, client_name: "Tool", redirect_uris: [redirectUri, CALLBACK] };
    vi.stubGlobal("fetch", async () => Response.json({ ...names, token_endpoint_auth_method: "none" }));
    const { at } = await faultIn(await buyer.get((await ask({ clientId, redirectUri })).url));
    expect(at).toBe("about:blank");
    expect((await buyer.get((await ask({ clientId })).url)).status).toBe(200);
  }
});

test("a metadata document that can't be used puts nothing of it, or of its address, on the page or into the log", async () => {
  const said = [
    vi.spyOn(console, "warn").mockImplementation(() => undefined),
    vi.spyOn(console, "log").mockImplementation(() => undefined),
    vi.spyOn(console, "error").mockImplementation(() => undefined),
  ];
  const app = createApp(env as unknown as Bindings);
  const send = (request: Request) => app.fetch(request, createExecutionContext());
  const browser = openBrowser(send, ORIGIN);
  await signIn(browser, BUYER);
  const spoiled = [{ token_endpoint_auth_method: "QUOTED\nforged" }, { redirect_uris: ["QUOTED\nforged"] }, undefined];
  for (const [index, part] of spoiled.entries()) {
    const id = `https://QUOTED.example/client-${index}.json`;
    const document = { client_id: id, client_name: "QUOTED", redirect_uris: [CALLBACK], ...part };
    vi.stubGlobal("fetch", async () => (part ? Response.json(document) : new Response("QUOTED", { status: 500 })));
    const { html } = await faultIn(await browser.get((await ask({ clientId: id })).url));
    expect(html).not.toContain("QUOTED");
  }
  const lines = said.flatMap(({ mock }) => mock.calls.map((call) => call.map(String).join(" ")));
  const line = {
    event: "auth",
    name: "client-id-metadata-document.metadata_resolution_failed",
    code: "invalid_client",
  };
  expect(lines).toEqual([JSON.stringify(line), JSON.stringify(line), JSON.stringify(line)]);
});

test("the page lists under each scope the tools and documents that it opens, as they are declared", async () => {
  const html = await (await owner.get((await ask()).url)).text();
  const labels = [...html.matchAll(/<label class="choice" for="([^"]+)">(.*?)<\/label>/gs)];
  expect(labels.map(([, scope]) => scope)).toEqual([...SCOPES]);
  const toolsIn = (text = "") => /stop working in the app: ([^.;]*)/.exec(text)?.[1]?.split(", ") ?? [];
  for (const [, scope, text] of labels) {
    expect(toolsIn(text)).toEqual(writes.filter((write) => write.scope === scope).map(({ title }) => title));
  }
  const textOf = (scope: string) => labels.find((label) => label[1] === scope)?.[2] ?? "";
  expect(textOf("checkout:write")).toContain("the app can&#39;t read: Checkouts.");
  expect(textOf("owner:read")).toContain("Ledger entries");
  expect(textOf("affiliates:write")).not.toContain("can&#39;t read");
  // The gravest write of each, from its declared risk.
  const graveIn = (scope: string) => /The gravest is [^.]*\./.exec(textOf(scope).replaceAll("&#39;", "'"))?.[0];
  expect(SCOPES.map(graveIn)).toEqual([
    "The gravest is Expire checkout: it closes something that was open.",
    "The gravest is Create commission evidence: it adds a note or a link, and takes nothing away.",
    undefined,
    "The gravest is Review commission evidence: one of its actions can't be taken back.",
  ]);
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
  expect((await faultIn(await buyer.get(change(change(url, "code_challenge"), "code_challenge_method")))).error).toBe(
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
