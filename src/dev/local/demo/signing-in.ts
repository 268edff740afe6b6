import { devPeople } from "../dev-people.ts";
import { obtainToken, overSocket } from "../oauth-client.ts";
import { connectAgent } from "./agent.ts";
import { holds, type Step, same } from "./step.ts";

export const signIn: Step = {
  id: "sign-in-and-consent",
  title: "The buyer signs in and lets the agent do one thing of the two it asks for",
  async play(stage) {
    const { buyer } = devPeople();
    const asked = ["checkout:write", "affiliates:write"];
    const token = await obtainToken({
      fetch: overSocket,
      origin: stage.origin,
      as: buyer,
      resource: `${stage.origin}/mcp`,
      scopes: asked,
      grants: ["checkout:write"],
      clientName: "Demo agent",
    });
    same("the granted scopes", token.scopes, ["checkout:write"]);
    const agent = await connectAgent(stage, "/mcp", token.accessToken);
    const { tools } = await agent.listTools();
    holds(
      "start_checkout is not offered",
      tools.some(({ name }) => name === "start_checkout"),
    );
    stage.note("token", token.accessToken);
    stage.note("agent", agent);
    return [
      "metadata → dynamic registration → sign-in → consent page → code with PKCE → token",
      `asked for ${asked.join(" and ")}; the buyer ticked checkout:write only`,
      `tools with this token: ${tools.map(({ name }) => name).join(", ")}`,
    ];
  },
};
