import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

/** The protocol of the current client. */
export const PROTOCOL = "2026-07-28";

type Send = (request: Request) => Promise<Response>;

interface McpWish {
  readonly send: Send;
  /** The endpoint: `${origin}/mcp` or `${origin}/mcp/public`. */
  readonly url: string;
  readonly token?: string;
}

const options = ({ send, token }: McpWish) => ({
  fetch: (url: string | URL | Request, init?: RequestInit) => send(new Request(url as string, init)),
  requestInit: { headers: token ? { Authorization: `Bearer ${token}` } : {} },
});

/** The current client, in either protocol era. */
export async function connect(wish: McpWish, era: "modern" | "legacy" = "modern"): Promise<Client> {
  const client = new Client(
    { name: "test-client", version: "1.0.0" },
    { versionNegotiation: { mode: era === "modern" ? { pin: PROTOCOL } : "legacy" } },
  );
  await client.connect(new StreamableHTTPClientTransport(new URL(wish.url), options(wish)));
  return client;
}

/** The client of the 2025 protocol, as most agents still carry it. */
export async function connectV1(wish: McpWish): Promise<LegacyClient> {
  const client = new LegacyClient({ name: "v1-client", version: "1.0.0" });
  await client.connect(new LegacyTransport(new URL(wish.url), options(wish)) as never);
  return client;
}
