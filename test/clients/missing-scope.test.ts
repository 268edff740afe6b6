import { beforeAll, describe, expect, test } from "vitest";
import { scopeWords } from "../../src/auth/scopes.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { connect, connectV1 } from "../support/mcp.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

const HEADERS = { "Content-Type": "application/json", Accept: "application/json, text/event-stream" };
const READ = { uri: "commerce://checkouts" };
/** A call is refused for its scope before its arguments are looked at. */
const CALL = { name: "start_checkout", arguments: {} };

/** The three ways to need `checkout:write`, and one that needs a scope which a buyer can't grant. */
const NEEDING = [
  { method: "tools/call", params: CALL },
  { method: "tools/call", params: { name: "read_commerce", arguments: READ } },
  { method: "resources/read", params: READ },
] as const;
const OWNERS = { method: "resources/read", params: { uri: "commerce://ledger-entries" } } as const;

const way = {
  code: "insufficient_scope",
  title: "The token does not allow this",
  detail: `This needs the scope checkout:write. The person can grant it: end this connection at ${ORIGIN}/account, reconnect and tick “${scopeWords["checkout:write"].title}”.`,
};
const noWay = { ...way, detail: "This needs the scope owner:read. Only the owner can grant it." };

describeInWorld("a missing scope", {}, (world) => {
  let token: string;
  /** Every answer to a POST since the last look: status and challenge. */
  const seen: [number, string | null][] = [];
  const send = async (request: Request) => {
    const response = await world.send(request);
    if (request.method === "POST") seen.push([response.status, response.headers.get("WWW-Authenticate")]);
    return response;
  };
  beforeAll(async () => {
    token = await world.token(BUYER, "mcp", ["affiliates:write"]);
  });

  describe.each([
    ["the client of 2025", () => connectV1({ send, url: `${ORIGIN}/mcp`, token })],
    ["the current client in protocol 2025", () => connect({ send, url: `${ORIGIN}/mcp`, token }, "legacy")],
  ] as const)("%s", (_name, open) => {
    test("gets a tool error with the way to the scope, and no 403", async () => {
      const client = await open();
      seen.length = 0;
      for (const { params } of NEEDING.filter(({ method }) => method === "tools/call")) {
        const answer = await client.callTool({ ...(params as typeof CALL) });
        expect([answer.isError, answer.structuredContent]).toEqual([true, undefined]);
        const [block] = answer.content as [{ text: string }];
        expect(JSON.parse(block.text)).toEqual(way);
      }
      const read = await client.readResource(READ).catch((error: unknown) => error);
      expect(read).toMatchObject({ code: -32602, data: way });
      expect(seen).toEqual([
        [200, null],
        [200, null],
        [200, null],
      ]);
    });
  });

  test("the client of 2026 is asked for more, unless its person can't grant it", async () => {
    const client = await connect({ send, url: `${ORIGIN}/mcp`, token });
    for (const { method, params } of NEEDING) {
      seen.length = 0;
      const asked =
        method === "tools/call" ? client.callTool({ ...(params as typeof CALL) }) : client.readResource(READ);
      await expect(asked).rejects.toThrow();
      expect(seen).toEqual([[403, expect.stringContaining('scope="checkout:write affiliates:write"')]]);
    }
    seen.length = 0;
    const read = await client.readResource(OWNERS.params).catch((error: unknown) => error);
    expect(read).toMatchObject({ code: -32602, data: noWay });
    expect(seen).toEqual([[200, null]]);
  });

  const post = (body: unknown, version?: string) =>
    world.fetch("/mcp", {
      method: "POST",
      headers: {
        ...HEADERS,
        Authorization: `Bearer ${token}`,
        ...(version !== undefined && { "MCP-Protocol-Version": version }),
      },
      body: JSON.stringify(body),
    });
  const answersIn = async (response: Response) =>
    (await response.text())
      .split("\n")
      .filter((line) => line.startsWith("data: {"))
      .map((line) => JSON.parse(line.slice(6)));
  const problemIn = ({ result, error }: { result?: { content: [{ text: string }] }; error?: { data: unknown } }) =>
    result ? JSON.parse(result.content[0].text) : error?.data;

  test.each([undefined, "2025-03-26", "2025-06-18", "2025-11-25"])(
    "by the header %s, alone and in a batch",
    async (version) => {
      const messages = [...NEEDING, OWNERS].map((message, id) => ({ jsonrpc: "2.0", id, ...message }));
      for (const message of messages.slice(0, 3)) {
        const response = await post(message, version);
        expect(response.status).toBe(200);
        expect((await answersIn(response)).map(problemIn)).toEqual([way]);
      }
      const batch = await post(messages, version);
      expect(batch.status).toBe(200);
      const answers = (await answersIn(batch)).sort((a, b) => a.id - b.id);
      expect(answers.map(problemIn)).toEqual([way, way, way, noWay]);
    },
  );

  test("a request that names protocol 2026-07-28 in its body and not in its header, or the other way round, is refused", async () => {
    const meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { ...CALL, _meta: meta } };
    expect((await post(message)).status).toBe(400);
    expect((await post(message, "2025-06-18")).status).toBe(400);
    const { _meta, ...params } = message.params;
    expect((await post({ ...message, params }, "2026-07-28")).status).toBe(400);
    expect((await post([message], "2026-07-28")).status).toBe(400);
  });
});
