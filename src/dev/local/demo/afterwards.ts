import type { Client } from "@modelcontextprotocol/client";
import { openBrowser, overSocket, signIn } from "../browser-session.ts";
import { devPeople } from "../dev-people.ts";
import { callTool, readDocument, refusedCall } from "./agent.ts";
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
  title: "The owner's agent sends the sentence; that is not enough: its client asks the owner, who types it",
  async play(stage) {
    const asked: string[] = [];
    const typing = (message: string) => {
      asked.push(message);
      return message.split("\n").at(-1) ?? "";
    };
    const agent = await allowedAgent(stage, "owner", ["owner:read", "owner:write"], { typing });
    stage.note("owner", agent);
    const { entry, call } = await reviewCall(stage, "mark_reviewed");
    const answer = await callTool<Reviewed>(agent, REVIEW, call);
    same("forms that the owner was shown", asked.length, 1);
    same("the proof", answer.confirmation.proof, "elicited");
    return [`asked in the client: "${entry.confirmationText}"`, await becameOf(stage, entry, answer)];
  },
};

export const reversal: Step = {
  id: "reversal",
  title: "The owner's agent would reverse the evidence for good: no client can answer that, only the owner on our page",
  async play(stage) {
    const agent = stage.recall("owner");
    const { entry, call } = await reviewCall(stage, "reverse_evidence");
    const problem = await refusedCall(agent, REVIEW, call);
    same("the refusal's code", problem.code, "approval_required");
    const { pathname } = new URL(String(problem.approvalUrl));
    const browser = openBrowser(overSocket, stage.origin);
    await signIn(browser, devPeople().owner);
    const page = await browser.get(pathname);
    holds("the page does not show the sentence", (await page.clone().text()).includes(entry.confirmationText));
    const decided = { decision: "approve", confirmationText: entry.confirmationText };
    same("the status", (await browser.submit(page, pathname, decided)).status, 200);
    const answer = await callTool<Reviewed>(agent, REVIEW, call);
    same("replayed", answer.replayed, true);
    same("the proof", answer.confirmation.proof, "approval_page");
    return [
      `the sentence in the call → ${problem.code}, with a link`,
      "the owner signs in, reads what it is about, types the sentence; the agent repeats the call",
      await becameOf(stage, entry, answer),
    ];
  },
};

const REVIEW = "review_commission_evidence";

interface Reviewed {
  readonly replayed: boolean;
  readonly confirmation: { readonly proof: string };
  readonly result: Evidence;
}

const entryUri = (stage: Stage) => `commerce://ledger-entries/${stage.recall("commissionLedgerId")}`;

/** The ledger entry, and a call about it that has the sentence. */
async function reviewCall(stage: Stage, actionKind: string) {
  const entry = await readDocument<LedgerEntry>(stage.recall("owner"), entryUri(stage));
  const call = {
    commissionLedgerId: stage.recall("commissionLedgerId"),
    actionKind,
    confirmationText: entry.confirmationText,
    idempotencyKey: `demo-${actionKind}`,
    expectedUpdatedAt: entry.updatedAt,
  };
  return { entry, call };
}

/** What became of the ledger entry, as a line. */
async function becameOf(stage: Stage, entry: LedgerEntry, { result }: Reviewed): Promise<string> {
  same("payout status", result.payoutStatus, "not_payable");
  const after = await readDocument<LedgerEntry>(stage.recall("owner"), entryUri(stage));
  same("the entry's status", after.ledgerStatus, result.ledgerStatus);
  const shown = ({ ledgerStatus, reviewStatus }: LedgerEntry) => `${ledgerStatus}, ${reviewStatus}`;
  return `${shown(entry)} → ${shown(after)}; still ${result.payoutStatus}`;
}

async function readCheckout(stage: Stage, agent: Client) {
  const { checkoutIntentId } = stage.recall("started").result;
  const checkout = await readDocument<PaidCheckout>(agent, `commerce://checkouts/${checkoutIntentId}`);
  return { checkoutIntentId, checkout };
}
