import { connectAgent, readDocument } from "./agent.ts";
import { holds, same } from "./checks.ts";
import type { Json } from "./stage.ts";
import type { Step } from "./step.ts";

interface Link {
  readonly id: string;
  readonly code: string;
  readonly destinationRoute: string;
}

interface Affiliates {
  readonly programs: readonly { links: readonly Link[] }[];
}

interface Attribution {
  readonly summary: { aggregateCounts: readonly { referral_link_id: string; total_checkouts: number }[] };
}

/** The number of attributed checkouts in the published aggregates. */
export const attributedIn = ({ summary }: Attribution): number =>
  summary.aggregateCounts.reduce((sum, { total_checkouts }) => sum + total_checkouts, 0);

export const click: Step = {
  id: "click",
  title: "A visitor follows a partner's link",
  async play(stage) {
    const answer = await fetch(new URL("/affiliates/source-data", stage.origin));
    const { programs } = (await answer.json()) as Affiliates;
    const [link] = programs.flatMap(({ links }) => links);
    holds("the affiliates document has no link", link !== undefined);
    const body = JSON.stringify({
      code: link?.code,
      destinationRoute: link?.destinationRoute,
      idempotencyKey: "demo-click",
    });
    const post = () => fetch(new URL("/api/affiliates/clicks", stage.origin), { method: "POST", body, headers });
    const headers = { "Content-Type": "application/json" };
    const first = await post();
    const { referralClickId } = (await first.json()) as { referralClickId: string };
    same("the first answer", first.status, 201);
    const again = await post();
    same("the answer to the same key", again.status, 200);
    same("its click", ((await again.json()) as Json).referralClickId, referralClickId);
    stage.note("referralClickId", referralClickId);
    return [
      `POST /api/affiliates/clicks with code ${link?.code} → 201 ${referralClickId}`,
      "the same key again → 200 and the same click",
    ];
  },
};

export const readPublicly: Step = {
  id: "read-without-sign-in",
  title: "An agent reads the catalog without sign-in",
  async play(stage) {
    const agent = await connectAgent(stage, "/mcp/public");
    const { tools } = await agent.listTools();
    same(
      "the tools of the public endpoint",
      tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint]),
      [["read_commerce", true]],
    );
    const document = await readDocument<Json & { sandboxCheckout: Json }>(agent, "commerce://source-data");
    same("rawStripeIdsIncluded", document.sandboxCheckout.rawStripeIdsIncluded, false);
    const { referralAttribution } = await readDocument<{ referralAttribution: Attribution }>(
      agent,
      "commerce://source-data/referralAttribution",
    );
    stage.note("attributedBefore", attributedIn(referralAttribution));
    await agent.close();
    return [
      `connected to ${stage.origin}/mcp/public (protocol 2026-07-28); tools: ${tools.map(({ name }) => name).join(", ")}`,
      `commerce://source-data has ${Object.keys(document).length} sections; attributed checkouts so far: ${attributedIn(referralAttribution)}`,
    ];
  },
};

export const challenge: Step = {
  id: "challenge",
  title: "The endpoint for purchases asks the agent to sign in",
  async play(stage) {
    const answer = await stage.browserFetch(new URL("/mcp", stage.origin), {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
    same("the status", answer.status, 401);
    const header = answer.headers.get("WWW-Authenticate") ?? "";
    holds(`the challenge names no metadata: ${header}`, /^Bearer .*resource_metadata="[^"]+"/.test(header));
    return [`POST /mcp without a token → 401, ${header}`];
  },
};
