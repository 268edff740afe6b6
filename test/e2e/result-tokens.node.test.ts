import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { expect, inject, test, vi } from "vitest";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { sandboxClient } from "../../src/dev/stripe-sandbox/client.ts";
import { lowerProofsAt } from "../support/lowered-proofs-at.ts";
import { connect } from "../support/mcp.ts";
import { obtainToken, openBrowser, overSocket, signUp } from "../support/oauth.ts";

const { origin, sandboxUrl } = inject("server");
const sandbox = sandboxClient((path, init) => fetch(new URL(path, sandboxUrl), init));

/** What a typical result may cost the model that reads it (o200k_base). One alone varies with the ids that fall to it. */
const TYPICAL_TOKENS = 250;
const MOST_TOKENS = 300;

type Fields = Record<string, string>;

/** A client of a person's, whose results are counted as they come. */
async function agentOf(person: { email: string; password: string }, scopes: string[], tokens: Map<string, number>) {
  const { accessToken: token } = await obtainToken({
    fetch: overSocket,
    origin,
    as: person,
    resource: `${origin}/mcp`,
    scopes,
  });
  const client = await connect({ send: overSocket, url: `${origin}/mcp`, token });
  const call = async (name: string, args: Record<string, unknown>) => {
    const answer = await client.callTool({ name, arguments: args });
    const text = (answer.content as { text: string }[])[0]?.text ?? "";
    if (answer.isError) throw new Error(`${name}: ${text}`);
    return { text, structured: answer.structuredContent as { result: Fields; content: Fields } };
  };
  return {
    read: async (uri: string) => (await call("read_commerce", { uri })).structured.content,
    async write(name: string, args: Record<string, unknown>) {
      const { text, structured } = await call(name, { ...args, idempotencyKey: `tokens-${name}` });
      tokens.set(name, countTokens(text));
      return structured.result;
    },
  };
}

test("a result costs its reader few tokens", async () => {
  const tokens = new Map<string, number>();
  // A person of this test alone: open checkouts of other tests would lengthen the answers.
  const buyer = { name: "Tess", email: "tess@example.test", password: "counts tokens" };
  await signUp(openBrowser(overSocket, origin), buyer);
  const agent = await agentOf(buyer, ["checkout:write", "affiliates:write"], tokens);
  await lowerProofsAt(overSocket, origin, devPeople().owner);
  const owner = await agentOf(devPeople().owner, ["owner:read", "owner:write"], tokens);
  const named = ({ confirmationText, updatedAt }: Fields) => ({ confirmationText, expectedUpdatedAt: updatedAt });

  const plan = await agent.write("start_plan_checkout", {
    planSlug: "grow",
    ...named(await agent.read("commerce://plans/grow")),
  });
  const planUri = `commerce://checkouts/${plan.checkoutIntentId}`;
  const expire = await agent.read(planUri);
  await agent.write("expire_checkout", {
    checkoutIntentId: plan.checkoutIntentId,
    confirmationText: expire.expireConfirmationText,
    expectedUpdatedAt: expire.updatedAt,
  });

  const clicked = await fetch(`${origin}/api/affiliates/clicks`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      code: "LAUNCHCIRCLE",
      destinationRoute: "/funnels/indie-launch-sandbox",
      idempotencyKey: "click-tokens",
    }),
  });
  const { referralClickId } = (await clicked.json()) as Fields;
  const { checkoutIntentId = "" } = await agent.write("start_checkout", {
    offerId: "sandbox-launch-pass",
    referralClickId,
    ...named(await agent.read("commerce://offers/sandbox-launch-pass")),
  });
  const session = (await sandbox.sessions()).find((one) => one.client_reference_id === checkoutIntentId);
  await sandbox.pay(session?.id ?? "", "paid");
  const uri = `commerce://checkouts/${checkoutIntentId}`;
  await vi.waitUntil(async () => (await agent.read(uri)).status === "paid", { timeout: 240_000, interval: 200 });
  await agent.write("record_post_purchase_decision", {
    checkoutIntentId,
    decisionKind: "decline_upsell",
    presentedOfferId: "offer-upsell-launch-accelerator",
    confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
    expectedUpdatedAt: (await agent.read(uri)).updatedAt,
  });
  const { commissionLedgerId = "" } = await agent.write("create_commission_evidence", {
    checkoutIntentId,
    confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
    expectedUpdatedAt: (await agent.read(uri)).updatedAt,
  });
  await owner.write("review_commission_evidence", {
    commissionLedgerId,
    actionKind: "mark_reviewed",
    ...named(await owner.read(`commerce://ledger-entries/${commissionLedgerId}`)),
  });
  const [access] = (await agent.read(uri)).entitlements as unknown as [{ id: string }];
  await owner.write("record_revocation_intent", {
    entitlementId: access.id,
    reasonCode: "customer_request",
    ...named(await owner.read(`commerce://entitlements/${access.id}`)),
  });

  console.log("tokens a result", Object.fromEntries(tokens));
  expect(tokens.size).toBeGreaterThan(5);
  for (const [name, count] of tokens) expect(count, name).toBeLessThanOrEqual(MOST_TOKENS);
  const sum = [...tokens.values()].reduce((total, count) => total + count, 0);
  expect(sum / tokens.size).toBeLessThanOrEqual(TYPICAL_TOKENS);
});
