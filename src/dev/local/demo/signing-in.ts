import type { Client } from "@modelcontextprotocol/client";
import { overSocket } from "../browser-session.ts";
import { devPeople, type Role } from "../dev-people.ts";
import { obtainToken } from "../oauth-client.ts";
import { connectAgent, type Typing } from "./agent.ts";
import { holds, same } from "./checks.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./step.ts";

/** An MCP client that a person allowed on the consent page; `grants` are the scopes that they ticked. */
export async function allowedAgent(
  stage: Stage,
  role: Role,
  requested: readonly string[],
  { grants = requested, typing }: { grants?: readonly string[]; typing?: Typing } = {},
): Promise<Client> {
  const token = await obtainToken({
    fetch: overSocket,
    origin: stage.origin,
    as: devPeople()[role],
    resource: `${stage.origin}/mcp`,
    scopes: requested,
    grants,
    clientName: "Demo agent",
  });
  same("the granted scopes", token.scopes, grants);
  return connectAgent(stage, "/mcp", token.accessToken, typing);
}

export const signIn: Step = {
  id: "sign-in-and-consent",
  title: "The buyer signs in and grants the agent one of the two scopes that it asks for",
  async play(stage) {
    const requested = ["checkout:write", "affiliates:write"];
    const agent = await allowedAgent(stage, "buyer", requested, { grants: ["checkout:write"] });
    const { tools } = await agent.listTools();
    holds(
      "start_checkout is not offered",
      tools.some(({ name }) => name === "start_checkout"),
    );
    stage.note("agent", agent);
    return [
      "metadata → dynamic registration → sign-in → consent page → code with PKCE → token",
      `the agent asked for ${requested.join(" and ")}; the buyer ticked checkout:write only`,
      `connected to ${stage.origin}/mcp: ${tools.length} tools, each still checked against the token`,
    ];
  },
};
