import { expect, inject, vi } from "vitest";
import { sandboxClient } from "../../src/dev/stripe-sandbox/client.ts";
import { announced, latin } from "../support/asset-files.ts";
import { connect } from "../support/mcp.ts";
import { obtainToken, overSocket } from "../support/oauth.ts";
import { buyer, owner } from "./asking.ts";
import type { Result } from "./panel-host.ts";

const { origin, sandboxUrl } = inject("server");
const sandbox = sandboxClient((path, init) => fetch(new URL(path, sandboxUrl), init));
const PANELS = { extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } } };

/** What a person is asked, by name: the write, and behind a colon the action of the review. */
export const QUESTIONS = {
  start_checkout: buyer,
  start_plan_checkout: buyer,
  expire_checkout: buyer,
  record_post_purchase_decision: buyer,
  create_commission_evidence: buyer,
  "review_commission_evidence:mark_reviewed": owner,
  "review_commission_evidence:hold_for_review": owner,
  "review_commission_evidence:reverse_evidence": owner,
  record_revocation_intent: owner,
  upload_product_asset: owner,
} as const;
export type QuestionName = keyof typeof QUESTIONS;

/** A reason as long as one can be, in words that wrap. */
export const REASON = "The buyer wrote that the order was placed twice by mistake. ".repeat(8).trim();

type Args = Record<string, unknown>;

/** An app of a person's at a server, with panels. */
export async function appOf(at: string, as: { email: string; password: string }, scopes: readonly string[]) {
  const { accessToken: token } = await obtainToken({
    fetch: overSocket,
    origin: at,
    as,
    resource: `${at}/mcp`,
    scopes,
    clientName: "Shopping assistant",
  });
  const client = await connect({ send: overSocket, url: `${at}/mcp`, token });
  const tool = async (name: string, args: Args) => {
    const answer = await client.callTool({ name, arguments: args });
    if (answer.isError) throw new Error(`${name}: ${JSON.stringify(answer.content)}`);
    return answer.structuredContent as { result: Record<string, string>; content: Record<string, string> };
  };
  return {
    client,
    tool,
    read: async (uri: string) => (await tool("read_commerce", { uri })).content,
    /** A call that waits, as a host with panels gets it. */
    ask: async (name: string, args: Args) => {
      const _meta = { "io.modelcontextprotocol/clientCapabilities": PANELS };
      const answer = (await client.callTool({ name, arguments: args, _meta })) as Result;
      const [block] = answer.content as { text: string }[];
      const body = JSON.parse(block?.text ?? "{}") as { code?: string; approvalUrl?: string };
      expect(body, block?.text).toMatchObject({ code: "approval_required" });
      return { answer, url: body.approvalUrl ?? "" };
    },
  };
}

/** All that the questions are about: orders in their states, evidence and access; and the apps that ask. */
export async function prepareQuestions() {
  const shopping = await appOf(origin, buyer, ["checkout:write", "affiliates:write"]);
  const managing = await appOf(origin, owner, ["owner:read", "owner:write"]);
  const offer = await shopping.read("commerce://offers/sandbox-launch-pass");
  let keys = 0;
  const newKey = () => `questions-${++keys}`;
  const order = async (more: Args = {}, pays = false) => {
    const { result } = await shopping.tool("start_checkout", {
      offerId: "sandbox-launch-pass",
      confirmationText: offer.confirmationText,
      expectedUpdatedAt: offer.updatedAt,
      idempotencyKey: newKey(),
      ...more,
    });
    const { checkoutIntentId = "" } = result;
    const uri = `commerce://checkouts/${checkoutIntentId}`;
    if (pays) {
      const session = (await sandbox.sessions()).find((one) => one.client_reference_id === checkoutIntentId);
      await sandbox.pay(session?.id ?? "", "paid");
      const isPaid = async () => (await shopping.read(uri)).status === "paid";
      await vi.waitUntil(isPaid, { timeout: 240_000, interval: 200 });
    }
    return { checkoutIntentId, ...(await shopping.read(uri)) };
  };
  const clicked = await fetch(`${origin}/api/affiliates/clicks`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      code: "LAUNCHCIRCLE",
      destinationRoute: "/funnels/indie-launch-sandbox",
      idempotencyKey: newKey(),
    }),
  });
  const { referralClickId } = (await clicked.json()) as { referralClickId: string };
  const bump = (offer.orderBumps as unknown as { orderBumpId: string; confirmationText: string }[])[0];
  const withBump = { orderBumpIds: [bump?.orderBumpId], confirmationText: bump?.confirmationText };
  const open = await order(withBump);
  const paid = await order(withBump, true);
  const referred = await order({ referralClickId });
  const reviewed = await order({ referralClickId });
  const { result: entry } = await shopping.tool("create_commission_evidence", {
    checkoutIntentId: reviewed.checkoutIntentId,
    confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
    expectedUpdatedAt: (reviewed as Args).updatedAt,
    idempotencyKey: newKey(),
  });
  const [{ id: entitlementId }] = (paid as Args).entitlements as [{ id: string }];
  const entitlement = await managing.read(`commerce://entitlements/${entitlementId}`);
  const file = announced(latin("%PDF-1.7\n% the file that a question announces\n%%EOF\n"));
  const product = await managing.read(`commerce://products/${file.productId}`);
  const plan = await shopping.read("commerce://plans/grow");
  const of = ({ checkoutIntentId, ...checkout }: Args) => ({ checkoutIntentId, expectedUpdatedAt: checkout.updatedAt });
  const review = (actionKind: string) => ({
    commissionLedgerId: entry.commissionLedgerId,
    actionKind,
    expectedUpdatedAt: entry.updatedAt,
  });
  const args: Record<QuestionName, Args> = {
    start_checkout: {
      offerId: "sandbox-launch-pass",
      orderBumpIds: withBump.orderBumpIds,
      referralClickId,
      expectedUpdatedAt: offer.updatedAt,
    },
    start_plan_checkout: { planSlug: "grow", includeSetup: true, expectedUpdatedAt: plan.updatedAt },
    expire_checkout: of(open),
    record_post_purchase_decision: {
      ...of(paid),
      decisionKind: "accept_upsell_follow_up",
      presentedOfferId: "offer-upsell-launch-accelerator",
    },
    create_commission_evidence: of(referred),
    "review_commission_evidence:mark_reviewed": review("mark_reviewed"),
    "review_commission_evidence:hold_for_review": { ...review("hold_for_review"), reason: REASON },
    "review_commission_evidence:reverse_evidence": review("reverse_evidence"),
    record_revocation_intent: {
      entitlementId,
      reasonCode: "refund_or_chargeback",
      reason: REASON,
      expectedUpdatedAt: entitlement.updatedAt,
    },
    upload_product_asset: { ...file, expectedUpdatedAt: product.updatedAt },
  };
  return {
    ask: (name: QuestionName) =>
      (QUESTIONS[name] === buyer ? shopping : managing).ask(name.split(":")[0] ?? "", {
        ...args[name],
        idempotencyKey: newKey(),
      }),
    panel: shopping.client,
  };
}
