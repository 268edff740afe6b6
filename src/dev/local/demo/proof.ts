import { setTimeout } from "node:timers/promises";
import { connectAgent } from "./agent.ts";
import { Differs, holds, same } from "./checks.ts";
import { attributedIn } from "./reading.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./step.ts";

/** The form of Stripe's ids and secrets. */
const PRIVATE = /\b(?:cs|pi|cus|sub|ch|evt|whsec|sk|rk)_[A-Za-z0-9_]{8,}/;

export const aggregates: Step = {
  id: "aggregates",
  title: "The public aggregates count one more attributed checkout, without the buyer",
  async play(stage) {
    const before = stage.recall("attributedBefore");
    let read = await readAggregates(stage);
    // A public document may be ten seconds old, and says how long it still holds.
    if (read.attributed === before) {
      await setTimeout(read.ttlMs);
      read = await readAggregates(stage);
    }
    same("attributed checkouts", read.attributed, before + 1);
    return [`attributed checkouts: ${before} → ${read.attributed}`];
  },
};

/** Reads with a client of its own: a client keeps what it has read. */
async function readAggregates(stage: Stage): Promise<{ attributed: number; ttlMs: number }> {
  const agent = await connectAgent(stage, "/mcp/public");
  const { contents, ttlMs } = await agent.readResource({ uri: "commerce://source-data/referralAttribution" });
  await agent.close();
  const [content] = contents;
  if (!content || !("text" in content)) throw new Differs("the aggregates have no text");
  const { referralAttribution } = JSON.parse(content.text) as {
    referralAttribution: Parameters<typeof attributedIn>[0];
  };
  return { attributed: attributedIn(referralAttribution), ttlMs: Number(ttlMs) };
}

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
