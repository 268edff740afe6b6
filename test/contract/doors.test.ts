import { expect, test } from "vitest";
import { resources } from "../../resources/index.ts";
import { SCOPES } from "../../src/kernel/actor.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { BUYER, OWNER } from "../support/world.ts";

const ACCEPT = { "Content-Type": "application/json", Accept: "application/json, text/event-stream" };

describeInWorld("requests at the doors", {}, (world) => {
  const post = (path: string, body: unknown, token?: string) =>
    world.fetch(path, {
      method: "POST",
      headers: { ...ACCEPT, ...(token && { Authorization: `Bearer ${token}` }) },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const rpc = async (path: string, method: string, params: unknown, token?: string) => {
    const answer = await post(path, { jsonrpc: "2.0", id: 7, method, params }, token);
    const text = await answer.text();
    const line = text.split("\n").find((part) => part.startsWith("data:"));
    return { status: answer.status, body: JSON.parse(line ? line.slice("data:".length) : text) };
  };

  test("a body over 256 KiB is refused at both doors, by its size and nothing else", async () => {
    const large = { jsonrpc: "2.0", id: 1, method: "ping", params: { x: "y".repeat(263_000) } };
    const token = await world.token(BUYER, "mcp");
    for (const answer of [await post("/mcp/public", large), await post("/mcp", large, token)]) {
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({ error: { data: { code: "invalid_input", field: "body" } } });
    }
  });

  test("a call or a read with a missing part is refused, with its field in data", async () => {
    const token = await world.token(BUYER, "mcp");
    for (const [path, bearer] of [["/mcp/public"], ["/mcp", token]] as const) {
      for (const [method, params, field] of [
        ["resources/read", {}, "uri"],
        ["resources/read", { uri: 5 }, "uri"],
        ["tools/call", {}, "name"],
        ["tools/call", { name: "read_commerce", arguments: "x" }, "arguments"],
      ] as const) {
        const { body } = await rpc(path, method, params, bearer);
        expect(body).toMatchObject({ id: 7, error: { code: -32602, data: { code: "invalid_input", field } } });
      }
      const unknown = await rpc(path, "tools/call", { name: "<script>", arguments: {} }, bearer);
      expect(unknown.body).toMatchObject({ error: { code: -32602, data: { code: "not_found" } } });
      expect(JSON.stringify(unknown.body)).not.toContain("<script>");
    }
  });

  test("a call of a revoked grant is 401, whatever else is wrong with it", async () => {
    const { accessToken } = await world.grant(BUYER, "api");
    const call = () => post("/api/commerce/checkout", { nonsense: 1 }, accessToken);
    const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];
    expect(await codeOf(await call())).toEqual([400, "idempotency_key_required"]);
    await world.all("UPDATE oauth_grants SET revoked_at = 1 WHERE revoked_at IS NULL");
    expect(await codeOf(await call())).toEqual([401, "unauthenticated"]);
  });

  test("a section that is not there is not found, whatever its name", async () => {
    for (const name of ["nope", "__proto__", "constructor", "toString", "id", "updatedAt"]) {
      const { body } = await rpc("/mcp/public", "resources/read", { uri: `commerce://source-data/${name}` });
      expect([name, body.error?.data?.code]).toEqual([name, "not_found"]);
    }
  });

  test("whatever is not found names its field, and a public thing the list that has its ids", async () => {
    const owner = await world.token(OWNER, "mcp", [...SCOPES]);
    const addressed = resources.filter(({ uri }) => uri.includes("{"));
    expect(addressed.length).toBeGreaterThan(8);
    for (const { uri, readers } of addressed) {
      const refusals = [];
      for (const id of ["absent", "%zz", "a%00b", "x".repeat(601)]) {
        const at = uri.replace(/\{\w+\}/, id);
        const read = await rpc("/mcp", "resources/read", { uri: at }, owner);
        const call = { name: "read_commerce", arguments: { uri: at } };
        const told = (await rpc("/mcp", "tools/call", call, owner)).body.result.content[0].text;
        expect(JSON.parse(told)).toEqual(read.body.error.data);
        refusals.push(read.body.error.data);
      }
      const [absent] = refusals;
      expect(absent, uri).toMatchObject({ code: "not_found", field: "uri" });
      if (readers !== "public") {
        expect(refusals).toEqual([absent, absent, absent, absent]);
        continue;
      }
      expect(absent.detail).toContain(absent.resource);
      const list = await rpc("/mcp/public", "resources/read", { uri: absent.resource });
      expect(list.body.result.contents[0].text.length, absent.resource).toBeGreaterThan(100);
    }
    const key = { name: "get_operation", arguments: { idempotencyKey: "of-no-call" } };
    const told = (await rpc("/mcp", "tools/call", key, owner)).body.result.content[0].text;
    expect(JSON.parse(told)).toMatchObject({ code: "not_found", field: "idempotencyKey" });
    for (const by of [{ code: "NONE" }, { referralLinkId: "link-absent" }]) {
      const click = await post("/api/affiliates/clicks", { ...by, destinationRoute: "/", idempotencyKey: "k" });
      expect(await click.json()).toMatchObject({
        code: "not_found",
        field: Object.keys(by)[0],
        resource: "commerce://affiliates/source-data",
      });
    }
  });

  test("every private resource asks for sign-in, whether or not it exists", async () => {
    const hidden = resources.filter(({ readers }) => readers !== "public");
    expect(hidden.length).toBeGreaterThan(5);
    for (const { uri } of hidden) {
      const { body } = await rpc("/mcp/public", "resources/read", { uri: uri.replace(/\{\w+\}/, "x") });
      expect([uri, body.error?.data]).toEqual([uri, expect.objectContaining({ code: "unauthenticated" })]);
    }
  });

  test("the owner sees the state of every operation, and not its answer", async () => {
    const offer = await rpc("/mcp/public", "tools/call", {
      name: "read_commerce",
      arguments: { uri: "commerce://offers/sandbox-launch-pass" },
    });
    const { confirmationText, updatedAt } = offer.body.result.structuredContent.content;
    const args = {
      offerId: "sandbox-launch-pass",
      confirmationText,
      expectedUpdatedAt: updatedAt,
      idempotencyKey: "doors-1",
    };
    const started = await rpc(
      "/mcp",
      "tools/call",
      { name: "start_checkout", arguments: args },
      await world.token(BUYER, "mcp"),
    );
    const { operationId } = started.body.result.structuredContent;
    const owner = await world.token(OWNER, "mcp", ["owner:read"]);
    const seen = await rpc("/mcp", "tools/call", { name: "get_operation", arguments: { operationId } }, owner);
    expect(seen.body.result.structuredContent).toMatchObject({ operationId, status: "succeeded" });
    expect(seen.body.result.structuredContent.result).toBeUndefined();
  });

  test("a body that is no protocol message is refused, and logs no internal error", async () => {
    const token = await world.token(BUYER, "mcp");
    const before = world.log.length;
    for (const [path, bearer] of [["/mcp/public"], ["/mcp", token]] as const) {
      for (const message of [
        { jsonrpc: "2.0", id: 1, method: { toString: 1 }, params: {} },
        { jsonrpc: "2.0", id: 1, method: null },
        [],
        "{",
        "[1]",
      ]) {
        const answer = await post(path, message, bearer);
        expect([answer.status, await answer.json()], JSON.stringify(message)).toMatchObject([
          400,
          { error: { code: expect.any(Number) } },
        ]);
      }
      const get = await world.fetch(path, bearer ? { headers: { Authorization: `Bearer ${bearer}` } } : {});
      expect([get.status, get.headers.get("Allow")]).toEqual([405, "POST, OPTIONS"]);
    }
    expect(world.log.slice(before).filter(({ event }) => event === "internal")).toEqual([]);
  });

  test("a token under another host name gets a 404 as problem details", async () => {
    const token = await world.token(BUYER, "api");
    const answer = await world.send(
      new Request("https://evil.example/api/operations/x", { headers: { Authorization: `Bearer ${token}` } }),
    );
    expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
    expect([answer.status, await answer.json()]).toMatchObject([404, { status: 404, code: "not_found" }]);
  });

  test("another method on a served path is 405 with `Allow`; browsers get their preflight", async () => {
    for (const [path, allow] of [
      ["/api/commerce/checkout", "POST, GET, HEAD"],
      ["/commerce/source-data", "GET, HEAD, OPTIONS"],
      ["/api/affiliates/clicks", "POST, OPTIONS"],
      ["/health", "GET, HEAD"],
    ] as const) {
      const answer = await world.fetch(path, { method: "PUT" });
      expect([path, answer.status, answer.headers.get("Allow")]).toEqual([path, 405, allow]);
    }
    const preflight = await world.fetch("/commerce/source-data", {
      method: "OPTIONS",
      headers: { Origin: "https://a.example" },
    });
    expect([preflight.status, preflight.headers.get("Access-Control-Allow-Origin")]).toEqual([204, "*"]);
    expect((await world.fetch("/nowhere", { method: "PUT" })).status).toBe(404);
  });
});
