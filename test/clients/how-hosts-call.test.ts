import { beforeAll, describe, expect, test } from "vitest";
import type * as z from "zod";
import { requestSchema } from "../../src/kernel/write-request.ts";
import { readTools, writes } from "../../tools/index.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { connect, connectV1 } from "../support/mcp.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const JSON_BODY = { "Content-Type": "application/json" };
const LIST = { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} };
const FOREIGN = ["https://evil.example", "http://evil.example:8080", "null", "https://app.test.evil.example"];

describeInWorld("how hosts call", {}, (world) => {
  let token: string;
  beforeAll(async () => {
    token = await world.token(BUYER, "mcp", ["checkout:write"]);
  });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    world.fetch(path, {
      method: "POST",
      headers: {
        ...JSON_BODY,
        ...(!path.includes("public") && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: JSON.stringify(body),
    });
  const streamed = async (answer: Response) => {
    const lines = (await answer.text()).split("\n").filter((line) => line.startsWith("data: {"));
    return lines.map((line) => JSON.parse(line.slice(6)));
  };
  const typeOf = (answer: Response) => [answer.status, answer.headers.get("Content-Type")];

  describe.each(["/mcp", "/mcp/", "/mcp/public", "/mcp/public/"])("%s", (path) => {
    test("answers in JSON whoever takes any type or names none, and in events who names them", async () => {
      const wanted = await post(path, LIST, { Accept: "application/json, text/event-stream" });
      expect(typeOf(wanted)).toEqual([200, "text/event-stream"]);
      const [expected] = await streamed(wanted);
      expect(expected.result.tools.length).toBeGreaterThan(0);
      const only = await post(path, LIST, { Accept: "text/event-stream" });
      expect([typeOf(only), await streamed(only)]).toEqual([[200, "text/event-stream"], [expected]]);
      for (const accept of ["*/*", "", undefined, "application/json", "application/*;q=0.8", "text/html, */*;q=0.1"]) {
        const headers: Record<string, string> = accept === undefined ? {} : { Accept: accept };
        const answer = await post(path, LIST, headers);
        expect(typeOf(answer), accept).toEqual([200, "application/json"]);
        expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
        expect(await answer.json()).toEqual(expected);
        const batch = await post(path, [LIST, { jsonrpc: "2.0", method: "notifications/initialized" }], headers);
        expect(await batch.json()).toEqual([expected]);
        const note = await post(path, { jsonrpc: "2.0", method: "notifications/initialized" }, headers);
        expect([note.status, await note.text()]).toEqual([202, ""]);
      }
      expect((await post(path, LIST, { Accept: "text/html" })).status).toBe(406);
    });

    test("is the same endpoint for both clients, with no redirect on the way", async () => {
      const statuses: number[] = [];
      const send = async (request: Request) => {
        const response = await world.send(request);
        statuses.push(response.status);
        return response;
      };
      const wish = { send, url: ORIGIN + path, ...(!path.includes("public") && { token }) };
      const lists = [await connectV1(wish), await connect(wish, "legacy"), await connect(wish)].map(async (client) => {
        const { tools } = await client.listTools();
        const answer = await client.callTool({ name: "read_commerce", arguments: { uri: "commerce://source-data" } });
        expect(answer.isError).toBeFalsy();
        return tools.map(({ name }) => name);
      });
      const [first, ...others] = await Promise.all(lists);
      expect(others).toEqual([first, first]);
      expect(statuses.filter((status) => status >= 300 && status !== 405)).toEqual([]);
    });
  });

  test("without a token, the address with a slash names the metadata of the one without", async () => {
    const challenges = await Promise.all(
      ["/mcp", "/mcp/"].map(async (path) => {
        const answer = await world.fetch(path, { method: "POST", headers: JSON_BODY, body: JSON.stringify(LIST) });
        return [answer.status, answer.headers.get("WWW-Authenticate")];
      }),
    );
    expect(challenges[1]).toEqual(challenges[0]);
    expect(challenges[0]).toEqual([
      401,
      expect.stringContaining(`${ORIGIN}/.well-known/oauth-protected-resource/mcp"`),
    ]);
  });

  test.each(FOREIGN)("a page at %s may call the public endpoint and not the other", async (origin) => {
    const there = await post("/mcp/public", LIST, { Origin: origin });
    expect([there.status, there.headers.get("Access-Control-Allow-Origin")]).toEqual([200, "*"]);
    expect((await there.json()) as object).toHaveProperty("result.tools");
    const preflight = await world.fetch("/mcp/public", {
      method: "OPTIONS",
      headers: {
        Origin: origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
      },
    });
    expect([preflight.ok, preflight.headers.get("Access-Control-Allow-Origin")]).toEqual([true, "*"]);
    expect((await post("/mcp", LIST, { Origin: origin })).status).toBe(403);
    expect((await post("/mcp/", LIST, { Origin: origin })).status).toBe(403);
    expect((await post("/mcp", LIST, { Origin: ORIGIN })).status).toBe(200);
  });

  test("under another host name neither endpoint answers, whatever the origin", async () => {
    for (const path of ["/mcp/public", "/mcp/public/", "/mcp", "/mcp/"]) {
      for (const origin of [ORIGIN, "https://evil.example"]) {
        const answer = await world.send(
          new Request(`https://evil.example${path}`, {
            method: "POST",
            headers: { ...JSON_BODY, Origin: origin, Authorization: `Bearer ${token}` },
            body: JSON.stringify(LIST),
          }),
        );
        expect([path, origin, answer.status]).toEqual([path, origin, 403]);
      }
    }
  });

  test("arguments that are null are as left out", async () => {
    const call = (name: string, args: object) =>
      post("/mcp", { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, ...args } });
    for (const name of ["get_operation", "start_checkout"]) {
      const [left, sent] = await Promise.all([call(name, {}), call(name, { arguments: null })]);
      const text = await left.text();
      expect([sent.status, await sent.text()]).toEqual([left.status, text]);
      expect(text).toMatch(/idempotency_key_required|invalid_input/);
    }
  });

  test("a cursor that is no string is refused by its name, at both endpoints and for every list", async () => {
    for (const path of ["/mcp", "/mcp/public"]) {
      for (const method of ["tools/list", "resources/list", "resources/templates/list"]) {
        const list = async (params: object) => (await post(path, { jsonrpc: "2.0", id: 7, method, params })).json();
        for (const cursor of [null, 5, ["x"], {}]) {
          const detail = "cursor: must be a string";
          expect(await list({ cursor }), `${path}, ${method}`).toMatchObject({
            id: 7,
            error: { code: -32602, data: { code: "invalid_input", field: "cursor", detail } },
          });
        }
        expect(await list({})).toHaveProperty("result");
      }
    }
  });

  describe.each(["modern", "legacy"] as const)("null for an argument, in the %s protocol", (era) => {
    const tools: readonly { name: string; schema: z.ZodObject }[] = [
      ...writes.map((write) => ({ name: write.name, schema: requestSchema(write) })),
      ...readTools.map(({ name, input }) => ({ name, schema: input as z.ZodObject })),
    ];
    let call: (name: string, args: Record<string, unknown>) => Promise<unknown>;
    beforeAll(async () => {
      const owner = await world.token(OWNER, "mcp", [
        "checkout:write",
        "affiliates:write",
        "owner:read",
        "owner:write",
      ]);
      const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token: owner }, era);
      call = async (name, args) => {
        const answer = await client.callTool({ name, arguments: args });
        return answer.structuredContent ?? JSON.parse((answer.content as { text?: string }[])[0]?.text ?? "");
      };
    });

    test.each(tools)("$name: counts as left out", async ({ name, schema }) => {
      const fields = Object.entries(schema.shape);
      expect(fields.length).toBeGreaterThan(0);
      const nothing = await call(name, {});
      const all = Object.fromEntries(fields.map(([field]) => [field, null]));
      expect(await call(name, all)).toEqual(nothing);
      for (const [field, type] of fields) {
        // Every other argument has a value of a shape that is taken, so that this one decides.
        const others = Object.fromEntries(fields.map(([other]) => [other, "x"]).filter(([other]) => other !== field));
        const leftOut = await call(name, others);
        expect(await call(name, { ...others, [field]: null }), field).toEqual(leftOut);
        if (!(type as z.ZodType).isOptional() && field !== "idempotencyKey") {
          expect(await call(name, { idempotencyKey: "key", [field]: null })).toMatchObject({ code: "invalid_input" });
        }
      }
      expect(await call(name, { idempotencyKey: "key", unheardOf: null })).toMatchObject({ code: "invalid_input" });
    });

    test("a call with nulls is the same call as one without", async () => {
      const { content } = (await call("read_commerce", { uri: "commerce://offers/sandbox-launch-pass" })) as {
        content: { confirmationText: string; updatedAt: string };
      };
      const args = {
        offerId: "sandbox-launch-pass",
        idempotencyKey: `nulls-${era}`,
        expectedUpdatedAt: content.updatedAt,
        confirmationText: content.confirmationText,
      };
      const first = (await call("start_checkout", { ...args, orderBumpIds: null, referralClickId: null })) as object;
      expect(first).toMatchObject({ replayed: false });
      expect(await call("start_checkout", args)).toEqual({ ...first, replayed: true });
      expect(await call("get_operation", { operationId: null, idempotencyKey: args.idempotencyKey })).toMatchObject({
        status: "succeeded",
      });
      expect(await call("start_checkout", { ...args, orderBumpIds: [null] })).toMatchObject({ code: "invalid_input" });
      const { confirmationText: _, ...unconfirmed } = { ...args, idempotencyKey: `asked-${era}` };
      const asked = { code: "approval_required" };
      expect(await call("start_checkout", { ...unconfirmed, confirmationText: null })).toMatchObject(asked);
    });
  });
});
