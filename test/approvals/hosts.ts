import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { ORIGIN, type World } from "../support/world.ts";
import { type Answer, answerIn } from "./asking.ts";

type Result = { readonly _meta?: Record<string, { lines?: { label: string; value: string }[] }> };

/** A client that calls itself as an agent of `openAgent` does, with these capabilities. */
async function clientOf(world: World, token: string, capabilities: object, name = "plain-agent") {
  const client = new Client(
    { name, version: "1.0.0" },
    { capabilities: capabilities as never, versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${ORIGIN}/mcp`), {
      fetch: (url, init) => world.send(new Request(url as string, init)),
      requestInit: { headers: { Authorization: `Bearer ${token}` } },
    }),
  );
  return client;
}

/** A host that shows forms. `react` is the person's answer to each, at once or after something has happened. */
export async function formHost(world: World, token: string, name?: string) {
  const messages: string[] = [];
  const client = await clientOf(world, token, { elicitation: { form: {} } }, name);
  const host = {
    messages,
    react: async (): Promise<object> => ({ action: "cancel" }),
    call: async (write: string, args: Record<string, unknown>): Promise<Answer> =>
      answerIn(await client.callTool({ name: write, arguments: args })),
  };
  client.setRequestHandler("elicitation/create", (async ({ params }: { params: { message: string } }) => {
    messages.push(params.message);
    return host.react();
  }) as never);
  return host;
}

/** A host that shows panels: what a call that waits hands to the panel. */
export async function panelHost(world: World, token: string) {
  const client = await clientOf(world, token, { extensions: { "io.modelcontextprotocol/ui": {} } });
  return async (write: string, args: Record<string, unknown>) => {
    const answer = await client.callTool({ name: write, arguments: args });
    const lines = (answer as Result)._meta?.["commerce/approval"]?.lines ?? [];
    return { answer: answerIn(answer), lines: lines.map(({ label, value }) => `${label}: ${value}`) };
  };
}

/** The lines of a form: what stands between its first line and the exact text. */
export function linesOfForm(message: string): readonly string[] {
  const lines = message.split("\n");
  return lines.slice(1, lines.lastIndexOf("To agree, type exactly:"));
}
