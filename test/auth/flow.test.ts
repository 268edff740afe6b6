import { beforeAll, expect, test } from "vitest";
import {
  authorizeUrl,
  codeIn,
  discover,
  obtainToken,
  openBrowser,
  redeemCode,
  refresh,
  registerClient,
  revoke,
  signIn,
} from "../support/oauth.ts";
import { type AuthServer, BUYER, call, ORIGIN, OWNER, startAuth } from "./server.ts";

const MCP = `${ORIGIN}/mcp`;
const API = `${ORIGIN}/api`;
const INVALID =
  'Bearer realm="OAuth", resource_metadata="https://app.test/.well-known/oauth-protected-resource/mcp", error="invalid_token", scope="checkout:write affiliates:write"';
let server: AuthServer;
beforeAll(async () => {
  server = await startAuth();
});

const wish = () => ({ fetch: server.send, origin: ORIGIN, as: BUYER, resource: MCP });

test("a client registers, a person grants less than was asked, and the token says who and what, without naming the person", async () => {
  const browser = openBrowser(server.send, ORIGIN);
  const metadata = await discover(server.send, MCP);
  const redirectUri = "http://localhost:7001/callback";
  const clientId = await registerClient(server.send, metadata, { redirectUri, clientName: "Shop helper" });
  const attempt = await authorizeUrl(metadata, { clientId, redirectUri, scopes: metadata.scopes, resource: MCP });

  const signedOut = await browser.get(attempt.url);
  expect(signedOut.status).toBe(303);
  const signInUrl = signedOut.headers.get("Location") ?? "";
  const back = await browser.submit(await browser.get(signInUrl), "/sign-in", { ...BUYER });
  expect([back.status, back.headers.get("Location")]).toEqual([303, attempt.url]);

  const page = await browser.get(back.headers.get("Location") ?? "");
  const answer = await browser.submit(page, "/authorize", { decision: "allow", scope: ["checkout:write"] });
  expect(answer.headers.get("Location")).toContain("iss=https%3A%2F%2Fapp.test%2Foauth");
  const { code, iss } = codeIn(answer, attempt.state);
  const token = await redeemCode(server.send, metadata, {
    code,
    iss,
    clientId,
    redirectUri,
    verifier: attempt.verifier,
    resource: MCP,
  });
  expect(token.scopes).toEqual(["checkout:write"]);
  expect(token.expiresInSeconds).toBe(3600);

  const seen = await (await call(server.send, MCP, token.accessToken)).json<Record<string, unknown>>();
  expect(seen).toMatchObject({
    clientId,
    clientName: "Shop helper",
    scopes: ["checkout:write"],
    isOwner: false,
    resource: MCP,
  });
  for (const text of [token.accessToken, token.refreshToken, code]) expect(text).not.toContain(String(seen.userId));
  const keys = (await server.store.list()).keys.map(({ name }) => name).join(" ");
  expect(keys).not.toContain(String(seen.userId));
});

test("every client of a person has a grant of its own, and one that is refreshed goes on", async () => {
  const first = await obtainToken(wish());
  const second = await obtainToken(wish());
  const next = await refresh(server.send, first);
  for (const token of [first, second, next]) expect((await call(server.send, MCP, token.accessToken)).status).toBe(200);
  expect(next.refreshToken).not.toBe(first.refreshToken);
});

test.each(["accessToken", "refreshToken"] as const)(
  "a revoked %s ends the grant for the very next request",
  async (which) => {
    const token = await obtainToken(wish());
    const newer = await refresh(server.send, token);
    expect((await revoke(server.send, newer, newer[which])).status).toBe(200);
    for (const dead of [token, newer]) {
      const refused = await call(server.send, MCP, dead.accessToken);
      expect([refused.status, refused.headers.get("WWW-Authenticate")]).toEqual([401, INVALID]);
    }
    await expect(refresh(server.send, newer)).rejects.toThrow("invalid_grant");
  },
);

test("another client can't revoke, and a made-up token ends nothing", async () => {
  const token = await obtainToken(wish());
  const other = await obtainToken(wish());
  await revoke(server.send, { ...token, clientId: other.clientId }, token.accessToken);
  await revoke(server.send, { ...token, clientId: other.clientId }, token.refreshToken);
  const [subject, grant] = token.accessToken.split(":");
  await revoke(server.send, token, `${subject}:${grant}:made-up`);
  await expect(refresh(server.send, { ...token, refreshToken: `${subject}:${grant}:made-up` })).rejects.toThrow(
    "invalid_grant",
  );
  expect((await call(server.send, MCP, token.accessToken)).status).toBe(200);
});

test("a token is good for its own resource only, and for none in a URL", async () => {
  const token = await obtainToken({ ...wish(), resource: API });
  const good = await call(server.send, `${API}/operations/x`, token.accessToken);
  expect(await good.json()).toMatchObject({ resource: API });
  expect((await call(server.send, MCP, token.accessToken)).headers.get("WWW-Authenticate")).toBe(INVALID);
  const inUrl = await call(server.send, `${API}/operations/x?access_token=${token.accessToken}`);
  expect(inUrl.status).toBe(401);
  expect(inUrl.headers.get("WWW-Authenticate")).not.toContain("error");
});

test("owner scopes are for the owner, are never ticked, and are granted when the owner ticks them", async () => {
  const all = ["checkout:write", "affiliates:write", "owner:read", "owner:write"];
  const buyer = await obtainToken({ ...wish(), scopes: all });
  expect(buyer.scopes).toEqual(["checkout:write", "affiliates:write"]);
  const owner = await obtainToken({ ...wish(), as: OWNER, scopes: all });
  expect(await (await call(server.send, MCP, owner.accessToken)).json()).toMatchObject({ isOwner: true, scopes: all });
});

test("a token with owner scopes gives them to the present owner only", async () => {
  const owner = await obtainToken({ ...wish(), as: OWNER, scopes: ["checkout:write", "owner:write"] });
  const { send } = server.ownedBy("user-somebody-else");
  const seen = await (await call(send, MCP, owner.accessToken)).json();
  expect(seen).toMatchObject({ isOwner: false, scopes: ["checkout:write"] });
});

test("a person ends a connection on the account page; another person can't", async () => {
  const token = await obtainToken({ ...wish(), clientName: "To be ended" });
  const { grantId } = await (await call(server.send, MCP, token.accessToken)).json<{ grantId: string }>();
  const stranger = openBrowser(server.send, ORIGIN);
  await signIn(stranger, OWNER);
  const strangersToken =
    /name="formToken" value="([^"]+)"/.exec(await (await stranger.get("/account")).text())?.[1] ?? "";
  await stranger.post("/account/clients/revoke", { formToken: strangersToken, grantId });
  expect((await call(server.send, MCP, token.accessToken)).status).toBe(200);

  const browser = openBrowser(server.send, ORIGIN);
  await signIn(browser, BUYER);
  const page = await (await browser.get("/account")).text();
  expect(page).toContain("To be ended");
  const formToken = /name="formToken" value="([^"]+)"/.exec(page)?.[1] ?? "";
  expect((await browser.post("/account/clients/revoke", { grantId, formToken: "forged" })).status).toBe(403);
  expect(
    (await browser.post("/account/clients/revoke", { grantId, formToken }, { "Sec-Fetch-Site": "cross-site" })).status,
  ).toBe(403);
  expect((await browser.post("/account/clients/revoke", { grantId, formToken })).status).toBe(303);
  expect((await call(server.send, MCP, token.accessToken)).headers.get("WWW-Authenticate")).toBe(INVALID);
  await expect(refresh(server.send, token)).rejects.toThrow("invalid_grant");
});
