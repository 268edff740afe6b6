import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Differs } from "./checks.ts";
import type { Json, Stage } from "./stage.ts";

/** A real MCP client on one of the two endpoints. */
export async function connectAgent(stage: Stage, path: "/mcp" | "/mcp/public", token?: string): Promise<Client> {
  const client = new Client(
    { name: "demo-agent", version: "1.0.0" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  const transport = new StreamableHTTPClientTransport(new URL(path, stage.origin), {
    fetch: stage.agentFetch,
    requestInit: { headers: token ? { Authorization: `Bearer ${token}` } : {} },
  });
  await client.connect(transport);
  return client;
}

/** A resource's document. `T` is what the story expects of it; steps compare what they rely on. */
export async function readDocument<T = Json>(client: Client, uri: string): Promise<T> {
  const [content] = (await client.readResource({ uri })).contents;
  if (!content || !("text" in content)) throw new Differs(`${uri} has no text`);
  return JSON.parse(content.text) as T;
}

/** The answer of a tool that must succeed. */
export async function callTool<T>(client: Client, name: string, args: object): Promise<T> {
  const answer = await client.callTool({ name, arguments: { ...args } });
  if (answer.isError) throw new Differs(`${name} was refused: ${JSON.stringify(answer.content)}`);
  return answer.structuredContent as T;
}

/** The problem of a call that must be refused. */
export async function refusedCall(client: Client, name: string, args: object): Promise<{ code: string } & Json> {
  const answer = await client.callTool({ name, arguments: { ...args } });
  const [content] = answer.content;
  if (!answer.isError || content?.type !== "text") throw new Differs(`${name} was not refused`);
  return JSON.parse(content.text) as { code: string } & Json;
}
