import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Differs } from "./checks.ts";
import type { Json, Stage } from "./stage.ts";

/** What a person types into a form that their client shows. */
export type Typing = (message: string) => string;

/** Connects the MCP client library to one of the two endpoints. With `typing` the client can show forms to its person. */
export async function connectAgent(
  stage: Stage,
  path: "/mcp" | "/mcp/public",
  token?: string,
  typing?: Typing,
): Promise<Client> {
  const client = new Client(
    { name: "demo-agent", version: "1.0.0" },
    {
      versionNegotiation: { mode: { pin: "2026-07-28" } },
      ...(typing && { capabilities: { elicitation: { form: {} } } }),
    },
  );
  if (typing) {
    client.setRequestHandler("elicitation/create", ({ params: { message } }) => ({
      action: "accept",
      content: { confirmationText: typing(message) },
    }));
  }
  const transport = new StreamableHTTPClientTransport(new URL(path, stage.origin), {
    fetch: stage.agentFetch,
    requestInit: { headers: token ? { Authorization: `Bearer ${token}` } : {} },
  });
  await client.connect(transport);
  return client;
}

/** The JSON of a resource, as the type that a step expects; the step checks the fields that it uses. */
export async function readDocument<T = Json>(client: Client, uri: string): Promise<T> {
  const [content] = (await client.readResource({ uri })).contents;
  if (!content || !("text" in content)) throw new Differs(`${uri} has no text`);
  return JSON.parse(content.text) as T;
}

/** Calls a tool and answers its result. Throws a `Differs` when it is refused. */
export async function callTool<T>(client: Client, name: string, args: object): Promise<T> {
  const answer = await client.callTool({ name, arguments: { ...args } });
  if (answer.isError) throw new Differs(`${name} was refused: ${JSON.stringify(answer.content)}`);
  return answer.structuredContent as T;
}

/** Calls a tool and answers its problem. Throws a `Differs` when it is not refused. */
export async function refusedCall(client: Client, name: string, args: object): Promise<{ code: string } & Json> {
  const answer = await client.callTool({ name, arguments: { ...args } });
  const [content] = answer.content;
  if (!answer.isError || content?.type !== "text") throw new Differs(`${name} was not refused`);
  return JSON.parse(content.text) as { code: string } & Json;
}
