import { connectAgent, readDocument } from "./agent.ts";
import { holds, same } from "./checks.ts";
import { attributedIn } from "./reading.ts";
import type { Step } from "./step.ts";

/** Ids and secrets of the provider, as they would look in a text. */
const PRIVATE = /\b(?:cs|pi|cus|sub|ch|evt|whsec|sk|rk)_[A-Za-z0-9_]{8,}/;

export const aggregates: Step = {
  id: "aggregates",
  title: "Anybody can see that one more checkout was attributed, and nobody whose",
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
  title: "Nothing private was ever in an agent's context",
  async play(stage) {
    for (const client of ["agent", "owner"] as const) await stage.recall(client).close();
    const words = stage.agentSaw.join("\n");
    const leaked = PRIVATE.exec(words);
    holds(`the agent saw ${leaked?.[0]}`, leaked === null);
    holds("the agent saw the return link", !words.includes(new URL(stage.recall("successPage")).pathname));
    return [`${stage.agentSaw.length} answers, ${words.length} characters: no Stripe id, no secret, no return link`];
  },
};
