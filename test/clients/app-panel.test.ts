import { createHash } from "node:crypto";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { beforeAll, expect, test } from "vitest";
import { writes } from "../../tools/index.ts";
import { answerIn, type Offer, openAgent, readOffer, unconfirmed } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { ORIGIN } from "../support/world.ts";

const EXTENSION = "io.modelcontextprotocol/ui";
const HTML = "text/html;profile=mcp-app";
const PANEL = "ui://approval";

describeInWorld("the app panel", {}, (world) => {
  let token: string;
  let offer: Offer;
  beforeAll(async () => {
    token = (await openAgent(world)).token.accessToken;
    offer = await readOffer(world);
  });

  /** A client of 2026-07-28 that declares these extensions. */
  async function host(extensions?: Record<string, Record<string, string[]>>, bearer = token) {
    const client = new Client(
      { name: "host", version: "1.0.0" },
      {
        capabilities: extensions ? { extensions: extensions as never } : {},
        versionNegotiation: { mode: { pin: "2026-07-28" } },
      },
    );
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${ORIGIN}/mcp`), {
        fetch: (url, init) => world.send(new Request(url as string, init)),
        requestInit: { headers: { Authorization: `Bearer ${bearer}` } },
      }),
    );
    return client;
  }
  const panelHost = () => host({ [EXTENSION]: { mimeTypes: [HTML] } });

  test("only a host that declares panels is told of one, and pays for it alone", async () => {
    const plain = (await (await host()).listTools()).tools;
    expect(JSON.stringify(plain)).not.toContain("ui://");
    for (const declared of [{ [EXTENSION]: { mimeTypes: ["text/html;profile=other"] } }, { "com.example/ui": {} }]) {
      expect((await (await host(declared)).listTools()).tools).toEqual(plain);
    }
    const shown = (await (await panelHost()).listTools()).tools;
    const withPanel = shown.filter(({ _meta }) => _meta !== undefined);
    expect(withPanel.map(({ name }) => name)).toEqual(writes.map(({ name }) => name));
    for (const { _meta } of withPanel) expect(_meta).toEqual({ ui: { resourceUri: PANEL } });
    expect(shown.map(({ _meta, ...tool }) => tool)).toEqual(plain.map(({ _meta, ...tool }) => tool));
    const [without, beside] = [plain, shown].map((tools) => countTokens(JSON.stringify(tools)));
    console.info(`tools/list: ${without} tokens, ${beside} for a host with panels, none of them for its model`);
  });

  test("a call that waits brings the summary to the panel, and the same words to the model", async () => {
    const args = await unconfirmed(world, "panel-1");
    const client = await panelHost();
    const waiting = await client.callTool({ name: "start_checkout", arguments: args });
    const plain = await (await host()).callTool({ name: "start_checkout", arguments: args });
    expect([waiting.content, waiting.isError, plain._meta?.["commerce/approval"]]).toEqual([
      plain.content,
      true,
      undefined,
    ]);
    const { approvalUrl } = answerIn(waiting);
    expect(waiting._meta?.["commerce/approval"]).toEqual({
      title: "Start checkout",
      lines: expect.arrayContaining([{ label: "Total before tax", value: "9.00 USD" }]),
      expiresAt: expect.stringMatching(/^20.*Z$/),
      approvalUrl,
    });
    expect(JSON.stringify(waiting)).not.toContain(offer.confirmationText);
    const done = await client.callTool({
      name: "start_checkout",
      arguments: { ...args, confirmationText: offer.confirmationText },
    });
    expect([done.isError, done._meta?.["commerce/approval"]]).toEqual([undefined, undefined]);
  });

  test("the panel is one HTML document that loads nothing and runs nothing but its own script", async () => {
    const client = await panelHost();
    expect((await client.listResources()).resources.map(({ uri }) => uri)).not.toContain(PANEL);
    const { contents } = await client.readResource({ uri: PANEL });
    const [panel] = contents as { uri: string; mimeType: string; text: string; _meta?: object }[];
    expect(panel).toMatchObject({ uri: PANEL, mimeType: HTML, _meta: { ui: { csp: {}, prefersBorder: true } } });
    const text = panel?.text ?? "";
    expect(text).toMatch(/^<!doctype html><html lang="en" data-approvals="https:\/\/app\.test\/approvals\/">/);
    expect(text.replaceAll(`${ORIGIN}/approvals/`, "")).not.toMatch(
      /https?:|\bsrc=|\bhref=|@import|url\(|innerHTML|eval\(/,
    );
    for (const kind of ["script", "style"]) {
      const [, inside = ""] = new RegExp(`<${kind}>([\\s\\S]*?)</${kind}>`).exec(text) ?? [];
      expect(text).toContain(`${kind}-src 'sha256-${createHash("sha256").update(inside).digest("base64")}'`);
    }
    expect(text.length).toBeLessThan(9000);
  });

  test("only a valid token reads it", async () => {
    const passing = await openAgent(world, { clientName: "Passing host" });
    const client = await host({ [EXTENSION]: {} }, passing.token.accessToken);
    await client.readResource({ uri: PANEL });
    await world.all("UPDATE oauth_grants SET revoked_at = 1 WHERE client_id = ?", passing.token.clientId);
    await expect(client.readResource({ uri: PANEL, _meta: { again: 1 } })).rejects.toThrow();
    const open = await world.fetch("/mcp/public", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "resources/read", params: { uri: PANEL } }),
    });
    expect(await open.text()).not.toContain("<!doctype");
  });

  test.each(["the current client in the 2025 protocol", "the client of 2025"])(
    "a host of 2025, %s, says that it shows panels once, and is given them from then on",
    async (which) => {
      const seen: (string | null)[] = [];
      const options = {
        fetch: async (url: string | URL | Request, init?: RequestInit) => {
          const answer = await world.send(new Request(url as string, init));
          seen.push(answer.headers.get("Mcp-Session-Id"));
          return answer;
        },
        requestInit: { headers: { Authorization: `Bearer ${token}` } },
      };
      const connected = async (extensions: Record<string, object>) => {
        const capabilities = { extensions } as never;
        if (which.startsWith("the current")) {
          const client = new Client(
            { name: "host", version: "1.0.0" },
            { capabilities, versionNegotiation: { mode: "legacy" } },
          );
          await client.connect(new StreamableHTTPClientTransport(new URL(`${ORIGIN}/mcp`), options));
          return client;
        }
        const client = new LegacyClient({ name: "host", version: "1.0.0" }, { capabilities });
        await client.connect(new LegacyTransport(new URL(`${ORIGIN}/mcp`), options) as never);
        return client;
      };
      const client = await connected({ [EXTENSION]: { mimeTypes: [HTML] } });
      expect(seen[0]).toMatch(/^panels-[0-9a-f-]{36}$/);
      const { tools } = await client.listTools();
      expect(tools.filter(({ _meta }) => _meta !== undefined)).toHaveLength(writes.length);
      const args = await unconfirmed(world, `panel-${which.length}`);
      const waiting = await client.callTool({ name: "start_checkout", arguments: args });
      expect(waiting._meta?.["commerce/approval"]).toMatchObject({ title: "Start checkout" });
      const { contents } = await client.readResource({ uri: PANEL });
      expect(contents[0]?.mimeType).toBe(HTML);
      await client.close();
      // A client that declares nothing gets neither a panel nor a session.
      seen.length = 0;
      const plain = await connected({});
      expect(JSON.stringify((await plain.listTools()).tools)).not.toContain("ui://");
      expect(seen.every((id) => id === null)).toBe(true);
    },
  );
});
