import { beforeAll, describe, expect, inject, test } from "vitest";
import { callFrom } from "../../src/dev/clients/network.ts";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { connectV1 } from "../support/mcp.ts";
import {
  authorizeUrl,
  codeIn,
  discover,
  type ObtainedToken,
  obtainToken,
  openBrowser,
  overSocket,
  redeemCode,
  registerClient,
  signIn,
} from "../support/oauth.ts";

const { origin } = inject("server");
const resource = `${origin}/mcp`;
const scopes = ["checkout:write", "affiliates:write"];

let token: ObtainedToken;
beforeAll(async () => {
  callFrom("192.0.2.1");
  token = await obtainToken({ fetch: overSocket, origin, as: devPeople().buyer, resource, scopes });
});

type Answer = { result: { isError?: boolean; content: [{ text: string }]; structuredContent?: unknown } };

/** One MCP request, as a client sends it that has read no more than the protocol. */
function post(path: string, method: string, params: object = {}, headers: Record<string, string> = {}) {
  return fetch(new URL(path, origin), {
    method: "POST",
    redirect: "manual",
    headers: {
      Authorization: `Bearer ${token.accessToken}`,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
}

/** The JSON of an answer that may come as an event stream. */
async function rpc(answer: Response): Promise<Answer> {
  const text = await answer.text();
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text) as Answer;
}

/** A client that runs in a page of another site. */
const PAGE = "https://agent.example";
const fromPage = (path: string) => fetch(`${origin}${path}`, { headers: { Origin: PAGE } });
const readableThere = ({ headers }: Response) => ["*", PAGE].includes(headers.get("Access-Control-Allow-Origin") ?? "");

describe("over a socket, a client that", () => {
  test.each([
    "/.well-known/oauth-authorization-server/oauth",
    "/.well-known/openid-configuration/oauth",
    "/oauth/.well-known/oauth-authorization-server",
    "/oauth/.well-known/openid-configuration",
  ])("looks for the metadata at %s", async (path) => {
    const answer = await fromPage(path);
    expect([answer.status, readableThere(answer)]).toEqual([200, true]);
    expect(await answer.json()).toMatchObject({
      issuer: `${origin}/oauth`,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/oauth/token`,
      registration_endpoint: `${origin}/oauth/register`,
    });
  });

  test.each([
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/mcp/public",
  ])("looks for sign-in at %s, where there is none for a client of the public endpoint", async (path) => {
    const answer = await fromPage(path);
    expect([answer.status, readableThere(answer)]).toEqual([404, true]);
  });

  test("writes the endpoint with a slash at its end", async () => {
    const answer = await post("/mcp/", "tools/list");
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("start_checkout")]);
    const refused = await post("/mcp/", "tools/list", {}, { Authorization: "Bearer made-up" });
    expect([refused.status, refused.headers.get("WWW-Authenticate")]).toEqual([
      401,
      expect.stringContaining(`resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`),
    ]);
  });

  test.each(["*/*", "application/json, */*", "application/json"])("takes any answer: Accept is %s", async (accept) => {
    for (const path of ["/mcp", "/mcp/public"]) {
      const answer = await post(path, "tools/list", {}, { Accept: accept });
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, expect.stringContaining("read_commerce")]);
    }
  });

  test("calls the public endpoint from a page of another site", async () => {
    const answer = await post("/mcp/public", "tools/list", {}, { Origin: PAGE });
    expect([answer.status, readableThere(answer)]).toEqual([200, true]);
  });

  test("sends null for what it leaves out", async () => {
    const uri = "commerce://offers/sandbox-launch-pass";
    const offer = JSON.parse(
      (await rpc(await post("/mcp", "tools/call", call("read_commerce", { uri })))).result.content[0].text,
    ) as {
      content: { updatedAt: string; confirmationText: string };
    };
    const { updatedAt, confirmationText } = offer.content;
    const args = {
      offerId: "sandbox-launch-pass",
      orderBumpIds: null,
      referralClickId: null,
      confirmationText: null,
      idempotencyKey: `null-${crypto.randomUUID()}`,
      expectedUpdatedAt: updatedAt,
    };
    const asked = await rpc(await post("/mcp", "tools/call", call("start_checkout", args)));
    expect(JSON.parse(asked.result.content[0].text)).toMatchObject({ code: "approval_required" });
    const started = await rpc(await post("/mcp", "tools/call", call("start_checkout", { ...args, confirmationText })));
    expect(started.result).toMatchObject({ structuredContent: { replayed: false, result: { status: "open" } } });
    const bare = { offerId: "sandbox-launch-pass", orderBumpIds: null, referralClickId: null };
    const keyless = await rpc(await post("/mcp", "tools/call", call("start_checkout", bare)));
    expect(JSON.parse(keyless.result.content[0].text)).toMatchObject({ code: "idempotency_key_required" });
  });

  test("refreshes one token five times at once, and goes on", async () => {
    const mine = await obtainToken({ fetch: overSocket, origin, as: devPeople().buyer, resource, scopes });
    const next = (refreshToken: string) =>
      fetch(`${origin}/oauth/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "refresh_token",
          refresh_token: refreshToken,
          client_id: mine.clientId,
          resource,
        }),
      });
    const answers = await Promise.all(Array.from({ length: 5 }, () => next(mine.refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const tokens = (await Promise.all(answers.map((answer) => answer.json()))) as Record<string, string>[];
    expect(new Set(tokens.map(({ refresh_token }) => refresh_token)).size).toBe(1);
    for (const { access_token } of tokens) {
      const answer = await post("/mcp", "tools/list", {}, { Authorization: `Bearer ${access_token}` });
      expect(answer.status).toBe(200);
    }
    // What the client does when these tokens have ended.
    const later = await next(tokens[0]?.refresh_token ?? "");
    const { access_token } = (await later.json()) as Record<string, string>;
    const answer = await post("/mcp", "tools/list", {}, { Authorization: `Bearer ${access_token}` });
    expect([later.status, answer.status]).toEqual([200, 200]);
  });

  test("redeems its code twice at once: one token", async () => {
    const browser = openBrowser(overSocket, origin);
    await signIn(browser, devPeople().buyer);
    const server = await discover(overSocket, resource);
    const redirectUri = "http://localhost:6543/callback";
    const clientId = await registerClient(overSocket, server, { redirectUri, clientName: "Two tabs" });
    const { url, verifier, state } = await authorizeUrl(server, { clientId, redirectUri, scopes, resource });
    const consent = { decision: "allow", scope: scopes };
    const code = codeIn(await browser.submit(await browser.get(url), "/authorize", consent), state);
    const redeem = () => redeemCode(overSocket, server, { ...code, clientId, redirectUri, verifier, resource });
    const ends = await Promise.allSettled([redeem(), redeem(), redeem()]);
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const end of ends) if (end.status === "rejected") expect(String(end.reason)).toContain("invalid_grant");
  });

  test("was given one scope of two, with the SDK of 2025, and calls a tool that needs the other", async () => {
    const few = await obtainToken({
      fetch: overSocket,
      origin,
      as: devPeople().buyer,
      resource,
      scopes,
      grants: ["checkout:write"],
    });
    const client = await connectV1({ send: overSocket, url: resource, token: few.accessToken });
    const args = { checkoutIntentId: "checkout-unknown", idempotencyKey: "one-scope", expectedUpdatedAt: "2026-01-01" };
    const refused = await client.callTool({ name: "create_commission_evidence", arguments: args });
    const text = (refused.content as [{ text: string }])[0].text;
    expect([refused.isError, JSON.parse(text)]).toMatchObject([true, { code: "insufficient_scope" }]);
    expect(text).toContain("affiliates:write");
    expect(text).toContain(`${origin}/account`);
    expect((await client.listTools()).tools.length).toBeGreaterThan(5);
    await client.close();
  });
});

const call = (name: string, args: object) => ({ name, arguments: args });
