import { inject } from "vitest";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { connect } from "../support/mcp.ts";
import { obtainToken, overSocket } from "../support/oauth.ts";

const { origin } = inject("server");

export const { buyer, owner } = devPeople();

/** What a tool answered, success or refusal. */
export type Answer = Record<string, unknown> & { readonly approvalUrl?: string };

let keys = 0;

/** An agent of the buyer's over a socket, with what it needs to ask for the launch pass. */
export const openAgent = (what: string) => openAgentOf(buyer, what);

/** The same for another person. */
export async function openAgentOf(as: { readonly email: string; readonly password: string }, what: string) {
  const { accessToken } = await obtainToken({
    fetch: overSocket,
    origin,
    as,
    resource: `${origin}/mcp`,
    scopes: ["checkout:write"],
    clientName: "Shopping assistant",
  });
  const client = await connect({ send: overSocket, url: `${origin}/mcp`, token: accessToken });
  const call = async (name: string, args: Record<string, unknown>): Promise<Answer> => {
    const [block] = (await client.callTool({ name, arguments: args })).content as { text: string }[];
    return JSON.parse(block?.text ?? "null") as Answer;
  };
  const { content } = (await call("read_commerce", { uri: "commerce://offers/sandbox-launch-pass" })) as unknown as {
    content: { updatedAt: string; confirmationText: string };
  };
  const args = () => ({
    offerId: "sandbox-launch-pass",
    expectedUpdatedAt: content.updatedAt,
    idempotencyKey: `${what}-${++keys}`,
  });
  return { client, call, args, text: content.confirmationText };
}
