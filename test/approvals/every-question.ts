import { announced, latin } from "../support/asset-files.ts";
import { evidence } from "../support/evidence.ts";
import { BUMP, OFFER } from "../support/launch-pass.ts";
import { click, sale, versionOf } from "../support/sale.ts";
import type { World } from "../support/world.ts";

/** As long as a reason can be, with markup, a line end and a character that turns text around. */
export const REASON = `<b>Buyer</b> wrote:\n"please\u202estop" ${"x".repeat(450)} to the very end`;

/** A call that waits for its person, and the lines that they read. */
export interface Question {
  readonly by: "buyer" | "owner";
  /** The arguments but the key, after all that has to be there. */
  args(): Promise<Record<string, unknown>>;
  /** The write's own lines with the mode, in their order; a time reads `TIME`. */
  readonly lines: readonly string[];
  /** Whether a form of a client may show it. */
  readonly inForm: boolean;
}

const TEST = "Kind of payment: a test, no real money";
const BOTH = "Bumpgrade launch pass and Launch checklist, ordered at TIME";
const NO_TAX = "Tax: none is added";
const FILE = latin("%PDF-1.7\n% the file that a question announces\n%%EOF\n");

/** A question of each write, and of each action of the review. The name is the write's, with its action behind a colon. */
export function everyQuestion(world: World): Readonly<Record<string, Question>> {
  const order = async (outcome: "paid" | "none" = "none", referred = false) => {
    const { checkoutIntentId } = await sale(world, { bump: true, outcome, referred });
    return { checkoutIntentId, expectedUpdatedAt: await versionOf(world, checkoutIntentId) };
  };
  const instant = (ms: unknown) => new Date(Number(ms)).toISOString();
  const review = (actionKind: string, action: string, then: string, reason?: string): Question => ({
    by: "owner",
    inForm: actionKind !== "reverse_evidence" && reason === undefined,
    args: async () => {
      const { commissionLedgerId, updatedAt } = await evidence(world);
      return { commissionLedgerId, actionKind, ...(reason && { reason }), expectedUpdatedAt: updatedAt };
    },
    lines: [
      TEST,
      "Commission evidence of: TIME",
      "Order: Bumpgrade launch pass",
      "Referred by: LAUNCHCIRCLE",
      "Sale before tax: 9.00 USD",
      NO_TAX,
      "Commission: 2.70 USD",
      `Action: ${action}`,
      "Now: kept for review, not reviewed yet",
      `Then: ${then}; not payable`,
      ...(reason ? [`Reason, as your assistant wrote it: ${reason}`] : []),
    ],
  });
  return {
    start_checkout: {
      by: "buyer",
      inForm: true,
      args: async () => ({
        offerId: OFFER,
        orderBumpIds: [BUMP],
        referralClickId: await click(world),
        expectedUpdatedAt: (await world.read(`commerce://offers/${OFFER}`)).updatedAt,
      }),
      lines: [
        TEST,
        "Item: 9.00 USD for Bumpgrade launch pass",
        "Item: 19.00 USD for Launch checklist",
        "Total before tax: 28.00 USD",
        NO_TAX,
        "Noted as referred by: LAUNCHCIRCLE",
        "Now: no other order of this is open, on its way, or paid in the last 24 hours",
        "Then: your assistant has a link to pay; nothing is charged until it is paid there",
      ],
    },
    start_plan_checkout: {
      by: "buyer",
      inForm: true,
      args: async () => ({
        planSlug: "grow",
        includeSetup: true,
        expectedUpdatedAt: (await world.read("commerce://plans/grow")).updatedAt,
      }),
      lines: [
        TEST,
        "Plan: 197.00 USD every month for Grow",
        "Setup: 1000.00 USD once for White glove setup",
        "Due now before tax: 1197.00 USD",
        "Then every month before tax: 197.00 USD",
        NO_TAX,
        "Your plans now: you do not have this plan, nor another one",
        "Now: no other order of this is open, on its way, or paid in the last 24 hours",
        "Then: your assistant has a link to pay; once paid there, the plan starts and is charged every month until you end it",
      ],
    },
    expire_checkout: {
      by: "buyer",
      inForm: true,
      args: () => order(),
      lines: [
        TEST,
        `Order: ${BOTH}`,
        "Amount before tax: 28.00 USD",
        NO_TAX,
        "Now: waiting for payment",
        "Then: ended without payment; its link leads nowhere, and nothing is refunded",
      ],
    },
    record_post_purchase_decision: {
      by: "buyer",
      inForm: true,
      args: async () => ({
        ...(await order("paid")),
        decisionKind: "accept_upsell_follow_up",
        presentedOfferId: "offer-upsell-launch-accelerator",
      }),
      lines: [
        TEST,
        `Order: ${BOTH}`,
        "Offer: Launch accelerator",
        "Its price before tax: 199.00 USD",
        NO_TAX,
        "Now: not answered",
        "Then: answered for good, and nothing is charged: yes, talk to me about it",
      ],
    },
    create_commission_evidence: {
      by: "buyer",
      inForm: true,
      args: () => order("none", true),
      lines: [
        TEST,
        `Order: ${BOTH}`,
        "Referred by: LAUNCHCIRCLE",
        "Sale before tax: 28.00 USD",
        NO_TAX,
        "Commission to be reviewed: 4.60 USD",
        "Now: nothing is noted",
        "Then: kept for review, not reviewed yet; not payable",
      ],
    },
    "review_commission_evidence:mark_reviewed": review(
      "mark_reviewed",
      "Mark as reviewed",
      "kept for review, reviewed by the owner",
    ),
    "review_commission_evidence:hold_for_review": review(
      "hold_for_review",
      "Hold for review",
      "kept for review, held by the owner",
      REASON,
    ),
    "review_commission_evidence:reverse_evidence": review(
      "reverse_evidence",
      "Reverse for good",
      "reversed for good, taken back by the owner",
    ),
    record_revocation_intent: {
      by: "owner",
      inForm: false,
      args: async () => {
        const { checkoutIntentId } = await order("paid");
        const [row] = await world.all(
          "SELECT * FROM product_entitlements WHERE checkout_intent_id = ?",
          checkoutIntentId,
        );
        return {
          entitlementId: row?.id,
          reasonCode: "refund_or_chargeback",
          reason: REASON,
          expectedUpdatedAt: instant(row?.updated_at),
        };
      },
      lines: [
        TEST,
        "Access to: Bumpgrade sandbox launch pass",
        `Bought with: ${BOTH}`,
        "Order before tax: 28.00 USD",
        NO_TAX,
        "Now: active, without a note",
        "Then: active as before, with a note that it should be removed; you can withdraw it",
        "Why: a refund or a chargeback",
        `Reason, as your assistant wrote it: ${REASON}`,
      ],
    },
    upload_product_asset: {
      by: "owner",
      inForm: true,
      args: async () => {
        const file = announced(FILE);
        const [row] = await world.all("SELECT updated_at FROM access_products WHERE id = ?", file.productId);
        return { ...file, expectedUpdatedAt: instant(row?.updated_at) };
      },
      lines: [
        "Product: product-launch-checklist-download",
        "Place: asset-launch-checklist-pdf",
        `File: ${FILE.length} bytes of application/pdf: launch-checklist.pdf`,
        `SHA-256: ${announced(FILE).bodySha256}`,
        "Now: no file is stored",
        "Then: a link takes this file, once; it is stored privately, and no buyer gets it",
      ],
    },
  };
}

/** Ends the orders so far, or lets them be paid days ago: a question names those that stand beside it. */
export async function endOrders({ db }: World): Promise<void> {
  await db.exec("UPDATE checkout_intents SET status = 'expired' WHERE status IN ('created', 'open', 'completed')");
  await db.exec("UPDATE checkout_intents SET paid_at = paid_at - 200000000 WHERE paid_at IS NOT NULL");
}

/** The lines that every question begins with. */
export const SHARED: Readonly<Record<Question["by"], readonly string[]>> = {
  buyer: ["Asked by: Test client", "Calls itself, unverified: plain-agent 1.0.0", "For the account: b…@b….test"],
  owner: ["Asked by: Test client", "Calls itself, unverified: plain-agent 1.0.0", "For the account: o…@b….test"],
};

/** A text with each time replaced. */
export const timeless = (text: string): string => text.replaceAll(/20\d\d-\d\d-\d\d \d\d:\d\d UTC/g, "TIME");

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

/** The lines of a question as its page has them. */
export function linesOfPage(html: string): readonly string[] {
  const list = /<dl class="card lines">([\s\S]*?)<\/dl>/.exec(html)?.[1] ?? "";
  const text = (markup = "") =>
    markup.replaceAll(/<[^>]+>/g, "").replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? "");
  return [...list.matchAll(/<dt>([\s\S]*?)<\/dt><dd>([\s\S]*?)<\/dd>/g)].map(
    ([, label, value]) => `${text(label)}: ${text(value)}`,
  );
}
