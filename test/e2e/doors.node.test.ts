import { expect, inject, test } from "vitest";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { obtainToken, overSocket } from "../support/oauth.ts";

const { origin } = inject("server");
const at = (path: string, init?: RequestInit) => fetch(new URL(path, origin), { redirect: "manual", ...init });

test("the bundle is healthy and its pages answer", async () => {
  expect(await (await at("/health")).json()).toEqual({ status: "ok" });
  for (const page of ["/", "/sign-in"]) {
    const answer = await at(page);
    expect([page, answer.status]).toEqual([page, 200]);
    expect(answer.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
  }
  expect((await at("/nothing-here")).status).toBe(404);
});

test("source-data is sent once and then confirmed as unchanged", async () => {
  for (const path of ["/commerce/source-data", "/affiliates/source-data"]) {
    const first = await at(path);
    expect(first.status).toBe(200);
    const etag = first.headers.get("ETag") ?? "";
    expect(await first.json()).toHaveProperty("id");
    const second = await at(path, { headers: { "If-None-Match": etag } });
    expect([second.status, await second.text(), second.headers.get("ETag")]).toEqual([304, "", etag]);
    expect((await at(path, { headers: { "If-None-Match": '"another"' } })).status).toBe(200);
  }
});

test.each(["mcp", "api"])(
  "without a token, /%s names where its metadata is, and the metadata is there",
  async (name) => {
    const answer = await at(name === "mcp" ? "/mcp" : "/api/commerce/checkout", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
    expect(answer.status).toBe(401);
    const challenge = answer.headers.get("WWW-Authenticate") ?? "";
    const [, metadata = ""] = /^Bearer .*resource_metadata="([^"]+)"/.exec(challenge) ?? [];
    expect(metadata).toBe(`${origin}/.well-known/oauth-protected-resource/${name}`);
    expect(await (await fetch(metadata)).json()).toMatchObject({ resource: `${origin}/${name}` });
  },
);

test("a development server lets clients register, and advertises no metadata documents that it can't fetch", async () => {
  const metadata = await (await at("/.well-known/oauth-authorization-server/oauth")).json();
  expect(metadata).toMatchObject({
    registration_endpoint: `${origin}/oauth/register`,
    client_id_metadata_document_supported: false,
  });
});

test("a page of another site may call the public endpoint and read what it needs", async () => {
  const foreign = "https://page.of.another.example";
  const preflight = await at("/mcp/public", {
    method: "OPTIONS",
    headers: {
      Origin: foreign,
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "content-type, mcp-protocol-version",
    },
  });
  expect(preflight.ok).toBe(true);
  expect(preflight.headers.get("Access-Control-Allow-Origin")).toBe("*");
  for (const path of ["/mcp/public", "/mcp/public/"]) {
    const listed = await at(path, {
      method: "POST",
      headers: { Origin: foreign, "Content-Type": "application/json", Accept: "*/*" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
    expect([listed.status, listed.headers.get("Access-Control-Allow-Origin")]).toEqual([200, "*"]);
    expect(await listed.json()).toHaveProperty("result.tools.0.name", "read_commerce");
  }
  const refused = await at("/mcp", { method: "POST", headers: { Origin: origin }, body: "{}" });
  expect(refused.status).toBe(401);
  expect(["*", origin]).toContain(refused.headers.get("Access-Control-Allow-Origin"));
  expect(refused.headers.get("Access-Control-Expose-Headers")).toContain("WWW-Authenticate");
});

test("the same write over HTTP: 201, then 200 as a replay, then a problem document", async () => {
  const { accessToken } = await obtainToken({
    fetch: overSocket,
    origin,
    as: devPeople().buyer,
    resource: `${origin}/api`,
    scopes: ["checkout:write"],
  });
  const document = (await (await at("/commerce/source-data")).json()) as {
    sandboxCheckout: { confirmation: { text: string }; offer: { id: string } };
  };
  const { offer, confirmation } = document.sandboxCheckout;
  const read = await at("/mcp/public", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "resources/read",
      params: { uri: `commerce://offers/${offer.id}` },
    }),
  });
  const text = (await read.text()).replace(/^[\s\S]*?data: /, "");
  const { result } = JSON.parse(text) as { result: { contents: [{ text: string }] } };
  const { updatedAt } = JSON.parse(result.contents[0].text) as { updatedAt: string };

  const post = (body: Record<string, unknown>) =>
    at("/api/commerce/checkout", {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Authorization: `Bearer ${accessToken}`,
        "Idempotency-Key": "e2e-http",
      },
      body: JSON.stringify(body),
    });
  const body = { offerId: offer.id, confirmationText: confirmation.text, expectedUpdatedAt: updatedAt };
  const first = await post(body);
  expect(first.status).toBe(201);
  const started = (await first.json()) as object;
  const second = await post(body);
  expect([second.status, second.headers.get("Idempotent-Replayed")]).toEqual([200, "true"]);
  expect(await second.json()).toEqual({ ...started, replayed: true });
  const other = await post({ ...body, orderBumpIds: [] });
  expect(other.headers.get("Content-Type")).toContain("application/problem+json");
  expect([other.status, await other.json()]).toMatchObject([422, { code: "idempotency_conflict" }]);
});
