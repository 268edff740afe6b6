import { connectAgent, readDocument } from "./agent.ts";
import { holds, same } from "./checks.ts";
import { attributedIn } from "./reading.ts";
import type { Step } from "./step.ts";

/** The form of Stripe's ids and secrets. */
const PRIVATE = /\b(?:cs|pi|cus|sub|ch|evt|whsec|sk|rk)_[A-Za-z0-9_]{8,}/;

export const aggregates: Step = {
  id: "aggregates",
  title: "The public aggregates count one more attributed checkout, without the buyer",
  async play(stage) {
    const agent = await connectAgent(stage, "/mcp/public");
    const { referralAttribution } = await readDocument<{ referralAttribution: Parameters<typeof attributedIn>[0] }>(
      agent,
      "commerce://source-data/referralAttribution",
    );
    await agent.close();
    const before = stage.recall("attributedBefore");
    const after = attributedIn(referralAttribution);
    same("attributed checkouts", after, before + 1);
    return [`attributed checkouts: ${before} → ${after}`];
  },
};

export const nothingPrivate: Step = {
  id: "nothing-private",
  title: "No agent ever received a private value",
  async play(stage) {
    for (const client of ["agent", "owner"] as const) await stage.recall(client).close();
    const text = stage.agentSaw.join("\n");
    const leaked = PRIVATE.exec(text);
    holds(`the agent saw ${leaked?.[0]}`, leaked === null);
    holds("the agent saw the return link", !text.includes(new URL(stage.recall("successPage")).pathname));
    return [`${stage.agentSaw.length} answers, ${text.length} characters: no Stripe id, no secret, no return link`];
  },
};
