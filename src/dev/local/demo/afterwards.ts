import type { Client } from "@modelcontextprotocol/client";
import { callTool, readDocument } from "./agent.ts";
import { Differs, holds, same } from "./checks.ts";
import { allowedAgent } from "./signing-in.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./step.ts";

interface PaidCheckout {
  readonly updatedAt: string;
  readonly decisions: readonly unknown[];
  readonly presentedOffer?: { presentedOfferId: string; name: string; decisionKinds: readonly string[] };
  readonly decisionConfirmationText?: string;
  readonly evidenceConfirmationText?: string;
}

interface LedgerEntry {
  readonly updatedAt: string;
  readonly confirmationText: string;
  readonly ledgerStatus: string;
  readonly reviewStatus: string;
}

interface Evidence {
  readonly commissionLedgerId: string;
  readonly grossSaleCents: number;
  readonly commissionCents: number;
  readonly ledgerStatus: string;
  readonly payoutStatus: string;
}

export const decision: Step = {
  id: "decision",
  title: "The buyer answers the offer after payment: the answer is recorded, and nothing is charged",
  async play(stage) {
    const agent = stage.recall("agent");
    const { checkoutIntentId, checkout } = await readCheckout(stage, agent);
    const offer = checkout.presentedOffer;
    const decisionKind = offer?.decisionKinds[0];
    if (!offer || !decisionKind) throw new Differs("no offer is presented after payment");
    const { result } = await callTool<{ result: { decisionKind: string; billingMutationCreated: boolean } }>(
      agent,
      "record_post_purchase_decision",
      {
        checkoutIntentId,
        decisionKind,
        presentedOfferId: offer.presentedOfferId,
        confirmationText: checkout.decisionConfirmationText,
        idempotencyKey: "demo-decision",
        expectedUpdatedAt: checkout.updatedAt,
      },
    );
    same("the recorded answer", result.decisionKind, decisionKind);
    same("billingMutationCreated", result.billingMutationCreated, false);
    same("sessions at Stripe", (await stage.sandbox.sessions()).length, 1);
    const after = (await readCheckout(stage, agent)).checkout;
    same("answers on the checkout", after.decisions.length, 1);
    return [`${offer.name}: "${checkout.decisionConfirmationText}" → ${decisionKind}, nothing charged`];
  },
};

export const evidence: Step = {
  id: "commission-evidence",
  title: "With a second consent, the agent records commission evidence for the partner's link",
  async play(stage) {
    const agent = await allowedAgent(stage, "buyer", ["checkout:write", "affiliates:write"]);
    const { checkoutIntentId, checkout } = await readCheckout(stage, agent);
    const { result } = await callTool<{ result: Evidence }>(agent, "create_commission_evidence", {
      checkoutIntentId,
      confirmationText: checkout.evidenceConfirmationText,
      idempotencyKey: "demo-evidence",
      expectedUpdatedAt: checkout.updatedAt,
    });
    await agent.close();
    same("gross sale", result.grossSaleCents, stage.recall("started").result.amountCents);
    holds("there is no commission", result.commissionCents > 0 && result.commissionCents < result.grossSaleCents);
    same("ledger status", result.ledgerStatus, "review_only");
    same("payout status", result.payoutStatus, "not_payable");
    stage.note("commissionLedgerId", result.commissionLedgerId);
    return [
      `"${checkout.evidenceConfirmationText}" → ${result.commissionLedgerId}`,
      `${result.grossSaleCents} cents sold, ${result.commissionCents} cents commission: ${result.ledgerStatus}, ${result.payoutStatus}`,
    ];
  },
};

export const review: Step = {
  id: "review",
  title: "The owner's agent marks the evidence as reviewed",
  async play(stage) {
    stage.note("owner", await allowedAgent(stage, "owner", ["owner:read", "owner:write"]));
    return reviewed(stage, "mark_reviewed");
  },
};

export const reversal: Step = {
  id: "reversal",
  title: "The owner's agent reverses the evidence for good",
  play: (stage) => reviewed(stage, "reverse_evidence"),
};

async function reviewed(stage: Stage, actionKind: string): Promise<readonly string[]> {
  const owner = stage.recall("owner");
  const commissionLedgerId = stage.recall("commissionLedgerId");
  const uri = `commerce://ledger-entries/${commissionLedgerId}`;
  const entry = await readDocument<LedgerEntry>(owner, uri);
  const { result } = await callTool<{ result: Evidence }>(owner, "review_commission_evidence", {
    commissionLedgerId,
    actionKind,
    confirmationText: entry.confirmationText,
    idempotencyKey: `demo-${actionKind}`,
    expectedUpdatedAt: entry.updatedAt,
  });
  same("payout status", result.payoutStatus, "not_payable");
  const after = await readDocument<LedgerEntry>(owner, uri);
  same("the entry's status", after.ledgerStatus, result.ledgerStatus);
  const shown = ({ ledgerStatus, reviewStatus }: LedgerEntry) => `${ledgerStatus}, ${reviewStatus}`;
  return [
    `"${entry.confirmationText}" → ${actionKind}`,
    `${shown(entry)} → ${shown(after)}; still ${result.payoutStatus}`,
  ];
}

async function readCheckout(stage: Stage, agent: Client) {
  const { checkoutIntentId } = stage.recall("started").result;
  const checkout = await readDocument<PaidCheckout>(agent, `commerce://checkouts/${checkoutIntentId}`);
  return { checkoutIntentId, checkout };
}
