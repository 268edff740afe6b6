import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { beforeAll, expect, test, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { canGrant, insufficientScopeChallenge } from "../../src/auth/principal.ts";
import type { Bindings } from "../../src/env.ts";
import { obtainToken } from "../support/oauth.ts";
import { type AuthServer, BUYER, call, ORIGIN, startAuth } from "./server.ts";

let server: AuthServer;
beforeAll(async () => {
  server = await startAuth();
});

const metadataOf = (path: string) => `resource_metadata="https://app.test/.well-known/oauth-protected-resource${path}"`;
const EVERYDAY = 'scope="checkout:write affiliates:write"';

test.each([
  ["no token", "/mcp", {}, `Bearer realm="OAuth", ${metadataOf("/mcp")}, ${EVERYDAY}`],
  [
    "another scheme",
    "/mcp",
    { Authorization: "Basic YTpi" },
    `Bearer realm="OAuth", ${metadataOf("/mcp")}, ${EVERYDAY}`,
  ],
  ["no token at the API", "/api/x", {}, `Bearer realm="OAuth", ${metadataOf("/api")}, ${EVERYDAY}`],
  [
    "a made-up token",
    "/mcp",
    { Authorization: "Bearer a:b:c" },
    `Bearer realm="OAuth", ${metadataOf("/mcp")}, error="invalid_token", ${EVERYDAY}`,
  ],
  [
    "a shapeless token",
    "/api",
    { Authorization: "Bearer abc" },
    `Bearer realm="OAuth", ${metadataOf("/api")}, error="invalid_token", ${EVERYDAY}`,
  ],
])("%s gets one challenge that a browser can read", async (_what, path, headers, challenge) => {
  const answer = await server.send(
    new Request(ORIGIN + path, { headers: { ...headers, Origin: "https://client.example" } }),
  );
  expect([answer.status, answer.headers.get("WWW-Authenticate")]).toEqual([401, challenge]);
  expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("https://client.example");
  expect(answer.headers.get("Access-Control-Expose-Headers")).toContain("WWW-Authenticate");
  expect(answer.headers.get("Cache-Control")).toBe("no-store");
  expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
  expect(await answer.json()).toMatchObject({ status: 401, code: "unauthenticated" });
});

test("a missing scope is asked for beside those that the token has, and only from who can grant it", async () => {
  const token = await obtainToken({
    fetch: server.send,
    origin: ORIGIN,
    as: BUYER,
    resource: `${ORIGIN}/mcp`,
    scopes: ["checkout:write"],
  });
  const request = new Request(`${ORIGIN}/mcp`, { headers: { Authorization: `Bearer ${token.accessToken}` } });
  const principal = await server.auth.bearer(request, "mcp", createExecutionContext());
  if (principal instanceof Response) throw new Error("refused");
  const answer = insufficientScopeChallenge(principal, ["affiliates:write"]);
  expect(answer.status).toBe(403);
  expect(answer.headers.get("WWW-Authenticate")).toBe(
    `Bearer realm="OAuth", error="insufficient_scope", ${EVERYDAY}, ${metadataOf("/mcp")}`,
  );
  expect(await answer.json()).toMatchObject({ status: 403, code: "insufficient_scope" });
  expect(canGrant(principal, ["affiliates:write"])).toBe(true);
  expect(canGrant(principal, ["owner:read"])).toBe(false);
});

test("each resource describes itself at its own address, and the public endpoint nowhere", async () => {
  for (const path of ["/mcp", "/api"]) {
    const answer = await call(server.send, `${ORIGIN}/.well-known/oauth-protected-resource${path}`);
    expect(await answer.json()).toEqual({
      resource: ORIGIN + path,
      authorization_servers: ["https://app.test/oauth"],
      scopes_supported: ["checkout:write", "affiliates:write"],
      bearer_methods_supported: ["header"],
    });
  }
  for (const path of ["", "/", "/mcp/public", "/mcp/", "/public", "/x/api"]) {
    const answer = await call(server.send, `${ORIGIN}/.well-known/oauth-protected-resource${path}`);
    expect([path, answer.status]).toEqual([path, 404]);
  }
  for (const path of ["/oauth-authorization-server", "/oauth-authorization-server/mcp", "/openid-configuration"]) {
    const answer = await call(server.send, `${ORIGIN}/.well-known${path}`);
    expect([path, answer.status, answer.headers.get("Access-Control-Allow-Origin")]).toEqual([path, 404, "*"]);
  }
});

test("the authorization server's metadata", async () => {
  const address = `${ORIGIN}/.well-known/oauth-authorization-server/oauth`;
  const answer = await server.send(new Request(address, { headers: { Origin: "https://client.example" } }));
  expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("https://client.example");
  expect(await answer.json()).toEqual({
    issuer: "https://app.test/oauth",
    authorization_endpoint: "https://app.test/authorize",
    token_endpoint: "https://app.test/oauth/token",
    registration_endpoint: "https://app.test/oauth/register",
    revocation_endpoint: "https://app.test/oauth/token",
    protected_resources: ["https://app.test/mcp", "https://app.test/api"],
    scopes_supported: ["checkout:write", "affiliates:write", "owner:read", "owner:write"],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"],
    token_endpoint_auth_signing_alg_values_supported: ["RS256", "ES256"],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
  });
  const preflight = await server.send(
    new Request(`${ORIGIN}/oauth/token`, { method: "OPTIONS", headers: { Origin: "https://client.example" } }),
  );
  expect([preflight.status, preflight.headers.get("Access-Control-Allow-Origin")]).toEqual([
    204,
    "https://client.example",
  ]);
});

test("a server without a network to its clients' sites advertises no metadata documents, and fetches none", async () => {
  const app = createApp(
    { ...(env as unknown as Bindings), CLIENT_METADATA_DOCUMENTS: "off" },
    { log: () => undefined },
  );
  const fetched = vi.spyOn(globalThis, "fetch");
  const send = (path: string) => app.fetch(new Request(ORIGIN + path), createExecutionContext());
  const metadata = await (await send("/.well-known/oauth-authorization-server/oauth")).json();
  expect(metadata).toMatchObject({
    client_id_metadata_document_supported: false,
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
  });
  const form = new URLSearchParams({ token: "a:b:c", client_id: "https://tool.example/client.json" });
  const request = new Request(`${ORIGIN}/oauth/token`, { method: "POST", body: form });
  expect((await app.fetch(request, createExecutionContext())).status).toBe(401);
  expect(fetched).not.toHaveBeenCalled();
});

test("paths of others are left alone", async () => {
  const app = new Hono();
  server.auth.addRoutes(app);
  app.all("*", () => new Response("of others"));
  for (const path of ["/", "/offers", "/pricing", "/mcp/public", "/api/commerce/checkout", "/oauthish"]) {
    expect(await (await app.request(ORIGIN + path)).text()).toBe("of others");
  }
});
