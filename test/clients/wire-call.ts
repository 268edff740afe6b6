import { type Agent, type Answer, answerIn } from "../approvals/asking.ts";
import type { World } from "../support/world.ts";

/** What one request says beside the tool's arguments. */
export interface Round {
  /** The state that the server is given back. */
  readonly state?: unknown;
  /** What a person typed into the form. */
  readonly typed?: unknown;
  readonly tool?: string;
  /** The kinds of elicitation that the client declares; left out, forms. Null declares none. */
  readonly elicitation?: object | null;
}

/** A result that asks for more. */
export interface Asked {
  readonly requestState: string;
  readonly inputRequests?: Readonly<Record<string, { readonly params: { readonly mode?: string } }>>;
}

/** One request as a client of 2026-07-28 writes it, so that every part of it can be written wrongly. */
export async function wireCall(world: World, agent: Pick<Agent, "token">, args: object, round: Round = {}) {
  const { state, typed, tool = "start_checkout", elicitation = { form: {} } } = round;
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "wire", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": elicitation ? { elicitation } : {},
  };
  const response = await world.fetch("/mcp", {
    method: "POST",
    headers: {
      Authorization: `Bearer ${agent.token.accessToken}`,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      "MCP-Protocol-Version": "2026-07-28",
      "Mcp-Method": "tools/call",
      "Mcp-Name": tool,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: {
        name: tool,
        arguments: args,
        ...(typed !== undefined && {
          inputResponses: { confirmation: { action: "accept", content: { confirmationText: typed } } },
        }),
        ...(state !== undefined && { requestState: state }),
        _meta: meta,
      },
    }),
  });
  const { result, error } = (await response.json()) as { result?: Asked; error?: { code: number } };
  const answer = result ? answerIn(result) : ({ code: `rpc ${error?.code}` } as Answer);
  return { status: response.status, asked: result as Asked, answer };
}
