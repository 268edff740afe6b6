import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { recordRevocationIntent } from "../../tools/record-revocation-intent.ts";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { bearerDoors } from "./doors.ts";
import { evidence } from "./evidence.ts";
import { ownerBrowser, ownerDoors } from "./owner-doors.ts";
import { sale } from "./sale.ts";
import { BUYER, OWNER, type World } from "./world.ts";

let calls = 0;
const key = () => `sealed-${++calls}`;

/** The rows that were written, by the names of their tables. */
export interface Written {
  readonly decisionId: string;
  readonly reviewId: string;
  readonly commissionLedgerId: string;
  readonly intentId: string;
  readonly withdrawalId: string;
}

/** Writes rows of every table under the seal through the product's doors; a review and an intent with reasons. */
export async function writeSealedRows(world: World, reason = "as the partner asked"): Promise<Written> {
  const { checkoutIntentId, updatedAt } = await sale(world, { bump: true });
  const decided = await (await bearerDoors(world, recordPostPurchaseDecision, BUYER)).http({
    checkoutIntentId,
    decisionKind: "decline_upsell",
    presentedOfferId: "offer-upsell-launch-accelerator",
    confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
    expectedUpdatedAt: updatedAt,
    idempotencyKey: key(),
  });
  const entry = await evidence(world, BUYER, key());
  const reviewed = await (await ownerDoors(world, reviewCommissionEvidence, OWNER)).http({
    commissionLedgerId: entry.commissionLedgerId,
    actionKind: "hold_for_review",
    reason,
    confirmationText: "Apply owner review action to Bumpgrade commission ledger evidence",
    expectedUpdatedAt: entry.updatedAt,
    idempotencyKey: key(),
  });
  const [access] = await world.all<{ id: string; updated_at: number }>(
    "SELECT id, updated_at FROM product_entitlements WHERE checkout_intent_id = ?",
    checkoutIntentId,
  );
  const noted = await (await ownerDoors(world, recordRevocationIntent, OWNER)).http({
    entitlementId: access?.id,
    reasonCode: "customer_request",
    reason,
    confirmationText: "Record product access removal intent",
    expectedUpdatedAt: new Date(access?.updated_at ?? 0).toISOString(),
    idempotencyKey: key(),
  });
  const idIn = ({ body, text }: { body: Record<string, unknown>; text: string }, field: string) => {
    const id = (body.result as Record<string, unknown> | undefined)?.[field];
    if (typeof id !== "string") throw new Error(`refused: ${text}`);
    return id;
  };
  const intentId = idIn(noted, "id");
  const path = "/api/admin/products/revocation-intents";
  const { headers } = await ownerBrowser(world, path, OWNER);
  const withdrawn = await world.fetch(`${path}/${intentId}/withdraw`, { method: "POST", headers });
  return {
    decisionId: idIn(decided, "decisionId"),
    reviewId: idIn(reviewed, "id"),
    commissionLedgerId: entry.commissionLedgerId,
    intentId,
    withdrawalId: ((await withdrawn.json()) as { id: string }).id,
  };
}
