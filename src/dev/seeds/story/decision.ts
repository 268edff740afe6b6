import { isoTime } from "../../../base/time.ts";
import { buyerId } from "../../../commerce/checkout/buyer-actor.ts";
import { decisionContract } from "../../../commerce/checkout/decision-contract.ts";
import { decisionText } from "../../../commerce/confirmation-texts.ts";
import * as schema from "../../../db/schema/index.ts";
import { recordOf, rowSha256 } from "../../../db/sealed-rows.ts";
import { insertLocal, type LocalStatement } from "../statement.ts";
import { auditRow, operationRow } from "./operation.ts";
import { type Sale, traceOf } from "./sale.ts";

/** The rows of the buyer's answer to an offer after payment. */
export async function decisionRows(sale: Sale): Promise<LocalStatement[]> {
  const { checkout, ownerUserId, short } = sale;
  const { decision } = checkout;
  if (!decision) return [];
  const role = decisionContract.allowedDecisions.find(
    (allowed) => allowed.decisionKind === decision.decisionKind,
  )?.role;
  const offer = sale.stack.offers.find((candidate) => candidate.role === role);
  if (!offer) throw new Error(`${sale.stack.id} presents nothing that ${decision.decisionKind} answers`);
  const at = decision.decidedAt;
  const trace = traceOf(short, "decision");
  const answered = {
    checkoutIntentId: checkout.id,
    offerStackId: sale.stack.id,
    presentedOfferId: offer.publicOfferId,
    decisionKind: decision.decisionKind,
    checkoutStatus: "paid" as const,
  };
  const row = {
    id: decision.id,
    ownerUserId,
    ...answered,
    checkoutUpdatedAt: checkout.paidAt,
    actorKind: "buyer_post_purchase_page" as const,
    createdAt: at,
    ...trace,
  };
  return [
    await operationRow(sale, {
      step: "decision",
      write: decisionContract.write,
      at,
      endedAt: at,
      subjectId: checkout.id,
      subjectUpdatedAt: checkout.paidAt,
      text: decisionText(sale.business.files.business),
      input: {
        checkoutIntentId: checkout.id,
        decisionKind: decision.decisionKind,
        presentedOfferId: offer.publicOfferId,
      },
      result: {
        decisionId: decision.id,
        ...answered,
        checkoutUpdatedAt: isoTime(checkout.paidAt),
        actorKind: "buyer_post_purchase_page",
        createdAt: isoTime(at),
        updatedAt: isoTime(at),
        billingMutationCreated: false,
      },
      onPage: true,
    }),
    insertLocal(schema.checkoutPostPurchaseDecisions, row),
    auditRow(sale, "decision", {
      eventKind: "post_purchase_non_billing_decision_recorded",
      actorKind: "buyer_post_purchase_page",
      actorId: buyerId(checkout.id),
      proof: "approval_page",
      summary: "The buyer's answer to an offer was recorded.",
      createdAt: at,
      ...trace,
      subjectId: decision.id,
      subjectStatus: decision.decisionKind,
      rowSha256: await rowSha256(recordOf(schema.checkoutPostPurchaseDecisions, row)),
    }),
  ];
}
