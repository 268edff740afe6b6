import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { type Answer, answerIn } from "../approvals/asking.ts";
import { ORIGIN, type World } from "../support/world.ts";

/** What a client says of itself that it can show. */
type Nothing = Record<string, never>;
type Elicitation = { form?: Nothing; url?: Nothing };

/** A kind of client that people use, as far as a confirmation is concerned. */
export interface ClientKind {
  readonly name: string;
  readonly sdk: "v2" | "v1";
  readonly era: "2026" | "2025";
  readonly elicitation?: Elicitation;
  /** How its person comes to decide. */
  readonly way: "form" | "url" | "link";
}

export const CLIENT_KINDS: readonly ClientKind[] = [
  { name: "Claude Code: forms", sdk: "v2", era: "2026", elicitation: { form: {} }, way: "form" },
  { name: "Cursor: forms", sdk: "v2", era: "2026", elicitation: { form: {} }, way: "form" },
  { name: "Codex: an empty declaration, which means forms", sdk: "v2", era: "2026", elicitation: {}, way: "form" },
  { name: "VS Code: forms and links", sdk: "v2", era: "2026", elicitation: { form: {}, url: {} }, way: "url" },
  { name: "links alone", sdk: "v2", era: "2026", elicitation: { url: {} }, way: "url" },
  { name: "Claude on the web and desktop: nothing", sdk: "v2", era: "2026", way: "link" },
  {
    name: "the current client in the 2025 protocol",
    sdk: "v2",
    era: "2025",
    elicitation: { form: {}, url: {} },
    way: "link",
  },
  { name: "the 2025 client", sdk: "v1", era: "2025", elicitation: { form: {} }, way: "link" },
  { name: "the 2025 client that can show nothing", sdk: "v1", era: "2025", way: "link" },
];

/** What a person was shown through their client. */
export interface Shown {
  readonly mode?: string;
  readonly message: string;
  readonly url?: string;
}

/** What comes back from a person, or from a client that answers in their place. */
export type Reaction = {
  readonly action: "accept" | "decline" | "cancel";
  readonly content?: Record<string, string>;
};

/** A connected client and everything that it showed. */
export interface PlayedClient {
  readonly shown: Shown[];
  /** What its person does with whatever is shown next. */
  react: (shown: Shown) => Reaction;
  call(name: string, args: Record<string, unknown>): Promise<Answer>;
  tools(): Promise<unknown[]>;
}

/** Plays a kind of client. Nothing that it did not declare is ever answered: being asked it all the same is a fault. */
export async function play(world: World, kind: ClientKind, token: string): Promise<PlayedClient> {
  const options = {
    fetch: (url: string | URL | Request, init?: RequestInit) => world.send(new Request(url as string, init)),
    requestInit: { headers: { Authorization: `Bearer ${token}` } },
  };
  const url = new URL(`${ORIGIN}/mcp`);
  const info = { name: kind.name, version: "1.0.0" };
  const capabilities = kind.elicitation ? { elicitation: kind.elicitation } : {};
  const shown: Shown[] = [];
  const played = {
    shown,
    react: (): Reaction => {
      throw new Error("the person must not be asked here");
    },
  } as unknown as PlayedClient;
  const handle = (params: Shown): Reaction => {
    shown.push(params);
    return played.react(params);
  };
  if (kind.sdk === "v1") {
    const client = new LegacyClient(info, { capabilities });
    if (kind.elicitation)
      client.setRequestHandler(ElicitRequestSchema, ({ params }) => handle(params as Shown) as never);
    await client.connect(new LegacyTransport(url, options) as never);
    return Object.assign(played, {
      call: async (name: string, args: Record<string, unknown>) =>
        answerIn(await client.callTool({ name, arguments: args })),
      tools: async () => (await client.listTools()).tools,
    });
  }
  const mode = kind.era === "2026" ? ({ pin: "2026-07-28" } as const) : ("legacy" as const);
  const client = new Client(info, { capabilities, versionNegotiation: { mode } });
  if (kind.elicitation)
    client.setRequestHandler("elicitation/create", ({ params }) => handle(params as Shown) as never);
  await client.connect(new StreamableHTTPClientTransport(url, options));
  return Object.assign(played, {
    call: async (name: string, args: Record<string, unknown>) =>
      answerIn(await client.callTool({ name, arguments: args })),
    tools: async () => (await client.listTools()).tools,
  });
}
