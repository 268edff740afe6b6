import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { unlimited } from "../support/unlimited.ts";
import { BUYER, OWNER } from "../support/world.ts";

const VERSION = "2026-07-28";
const PANELS = { extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } } };

interface Asked {
  readonly path: "/mcp" | "/mcp/public";
  readonly method: string;
  readonly id?: unknown;
  readonly era?: "modern" | "legacy";
  readonly token?: string;
  readonly accept?: string;
  readonly client?: string;
  readonly panels?: boolean;
}

describeInWorld("kept lists", { reset: true }, (world) => {
  const ask = async ({ path, method, id = 1, era = "modern", token, accept, client = "agent", panels }: Asked) => {
    const meta = {
      "io.modelcontextprotocol/protocolVersion": VERSION,
      "io.modelcontextprotocol/clientInfo": { name: client, version: "1" },
      "io.modelcontextprotocol/clientCapabilities": panels ? PANELS : {},
    };
    const response = await world.fetch(path, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: accept ?? "application/json, text/event-stream",
        ...(era === "modern" && { "MCP-Protocol-Version": VERSION, "Mcp-Method": method }),
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params: era === "modern" ? { _meta: meta } : {} }),
    });
    return { status: response.status, headers: [...response.headers].sort(), text: await response.text() };
  };

  test("a list that was asked for before is answered with the bytes that a new isolate makes", async () => {
    const buyer = await world.token(BUYER, "mcp");
    const owner = await world.token(OWNER, "mcp", ["owner:read", "checkout:write"]);
    const doors: Asked[] = [
      { path: "/mcp", method: "", token: buyer },
      { path: "/mcp", method: "", token: owner },
      { path: "/mcp/public", method: "" },
    ];
    const ways: Partial<Asked>[] = [
      {},
      { era: "legacy" },
      { era: "legacy", accept: "application/json" },
      { client: "another" },
      { panels: true },
    ];
    const wishes = doors.flatMap((door) =>
      ["tools/list", "resources/list", "resources/templates/list"].flatMap((method) =>
        ways.map((way) => ({ ...door, ...way, method })),
      ),
    );
    expect(wishes).toHaveLength(45);
    const kept = new Map<Asked, Awaited<ReturnType<typeof ask>>>();
    for (const wish of wishes) {
      await ask(wish);
      kept.set(wish, await ask({ ...wish, id: 'two "id":1' }));
    }
    for (const wish of wishes) {
      world.restart();
      const fresh = await ask({ ...wish, id: 'two "id":1' });
      expect([wish, kept.get(wish)]).toEqual([wish, fresh]);
      expect([wish.method, fresh.status, fresh.text.includes('two \\"id\\":1')]).toEqual([wish.method, 200, true]);
    }
  });

  test("each message gets its own id; one that JSON may say in two ways, or that is none, is answered anew", async () => {
    const list = { path: "/mcp/public", method: "tools/list" } as const;
    await ask(list);
    for (const id of [0, 1, -7, 9_007_199_254_740_991, "", "1", "ä\u2028"]) {
      expect(JSON.parse((await ask({ ...list, id })).text)).toMatchObject({ id, result: { tools: [{}] } });
    }
    for (const id of [1.5, true, {}, [1]]) {
      const answers = [await ask({ ...list, id }), await ask({ ...list, id })];
      world.restart();
      answers.push(await ask({ ...list, id }));
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    }
  });

  test("a kept list is counted like any call, and is no answer for a token that was withdrawn", async () => {
    const token = await world.token(BUYER, "mcp");
    const list = { path: "/mcp", method: "tools/list", token } as const;
    const first = await ask(list);
    expect(await ask(list)).toEqual(first);
    let left = 2;
    world.restart({ ...unlimited, ACTOR_LIMIT: { limit: async () => ({ success: left-- > 0 }) } });
    expect([(await ask(list)).status, (await ask(list)).status, (await ask(list)).status]).toEqual([200, 200, 429]);
    world.restart();
    await ask(list);
    await world.all("UPDATE oauth_grants SET revoked_at = ?", world.clock.now());
    expect((await ask(list)).status).toBe(401);
  });

  test("a stranger's many kinds of request neither fill the memory nor change another's list", async () => {
    const list = { path: "/mcp/public", method: "tools/list" } as const;
    const first = await ask(list);
    for (let kind = 0; kind < 60; kind++)
      expect((await ask({ ...list, client: `agent ${kind}` })).text).toBe(first.text);
    expect((await ask({ ...list, client: "x".repeat(5_000) })).text).toBe(first.text);
    expect(await ask(list)).toEqual(first);
  });
});
