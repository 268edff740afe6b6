import { notFound } from "../src/base/problem.ts";
import { isoTime } from "../src/base/time.ts";
import { evidenceContract } from "../src/commerce/affiliates/contracts.ts";
import { decisionContract } from "../src/commerce/checkout/decision-contract.ts";
import { expiryText } from "../src/commerce/checkout/expiry.ts";
import { isOpen } from "../src/commerce/checkout/hosted-checkout.ts";
import { answersTo, presentationOf } from "../src/commerce/checkout/post-purchase.ts";
import { evidenceText } from "../src/commerce/confirmation-texts.ts";
import { isTestPurchase } from "../src/commerce/modes.ts";
import { blockedWords } from "../src/commerce/words.ts";
import { intentById, pricedLinesOf, relationsOf } from "../src/db/checkouts.ts";
import { type PresentedOffer, postPurchaseQueries } from "../src/db/decisions.ts";
import { type BusinessRow, businessRow } from "../src/db/operations.ts";
import { publicRow } from "../src/db/public-row.ts";
import * as tables from "../src/db/schema/index.ts";
import type { BusinessPart } from "../src/db/schema/vocabulary.ts";
import { wantedNow } from "../src/db/sold-mode.ts";
import type { Parts } from "../src/kernel/parts.ts";
import { defineResource, readsAsOwner } from "../src/kernel/resource.ts";

/** One checkout with its attribution, entitlements, decisions and evidence, for its actor or the owner. */
export const checkout = defineResource({
  name: "checkout",
  uri: "commerce://checkouts/{checkoutIntentId}",
  title: "Checkout",
  description: (parts) =>
    `One checkout: ${["status", "updatedAt", ...related(parts)].join(", ")}. Read it before a write about it.`,
  readers: ["checkout:write", "owner:read"],
  load: ({ params, ctx }) => {
    const id = params.checkoutIntentId ?? "";
    return {
      intent: intentById(ctx, id),
      lines: pricedLinesOf(ctx, id),
      business: businessRow(ctx),
      wanted: wantedNow(ctx, id),
      ...relationsOf(ctx, id),
      ...postPurchaseQueries(ctx, id),
    };
  },
  present({ rows, actor, ctx }) {
    const [intent] = rows.intent;
    const [business] = rows.business;
    if (!intent || !business || !(readsAsOwner(actor) || intent.actorId === actor?.id)) throw notFound("uri");
    const [attribution] = rows.attribution;
    const [planEntitlement] = rows.planEntitlement;
    const [ledgerEntry] = rows.ledgerEntry;
    // Rows of a part that the business no longer uses are still told.
    const isTold = (part: BusinessPart, found: readonly unknown[]) => ctx.parts.has(part) || found.length > 0;
    const open = isOpen(intent, ctx.clock.now());
    const presentation = presentationOf(intent, rows, ctx.clock.now());
    const canHaveEvidence =
      ctx.parts.has("affiliates") &&
      attribution &&
      !ledgerEntry &&
      evidenceContract.eligibleStatuses.some((status) => status === intent.status);
    return {
      ...publicRow(tables.checkoutIntents, intent),
      ...(intent.taxBehavior && { taxBehavior: intent.taxBehavior }),
      ...(intent.taxCents !== null && { taxCents: intent.taxCents }),
      updatedAt: isoTime(intent.updatedAt),
      ...(intent.blockedReason &&
        readsAsOwner(actor) && { blockedReason: blockedWords(intent.blockedReason, intent.planSlug) }),
      ...(attribution && { referralAttribution: publicRow(tables.checkoutReferralAttributions, attribution) }),
      ...(isTold("access", rows.entitlements) && {
        entitlements: rows.entitlements.map((row) => ({
          ...publicRow(tables.productEntitlements, row),
          updatedAt: isoTime(row.updatedAt),
        })),
      }),
      ...(planEntitlement && {
        planEntitlement: {
          planSlug: planEntitlement.planSlug,
          status: isTestPurchase(planEntitlement, rows.wanted[0]?.mode, ctx) ? "inactive" : planEntitlement.status,
        },
      }),
      ...(isTold("upsells", rows.decisions) && {
        decisions: rows.decisions.map((row) => publicRow(tables.checkoutPostPurchaseDecisions, row)),
      }),
      ...(ledgerEntry && { commissionLedgerId: ledgerEntry.id }),
      ...(ctx.parts.has("upsells") && presentation.kind === "waiting" && waitingFields(presentation.offer, business)),
      ...(canHaveEvidence && { evidenceConfirmationText: evidenceText(business, intent.stripeMode) }),
      ...(open && { expireConfirmationText: expiryText(business, intent, rows.lines) }),
    };
  },
});

const related = (parts: Parts): string[] => [
  ...(parts.has("affiliates") ? ["attribution"] : []),
  ...(parts.has("access") ? ["entitlements"] : []),
  ...(parts.has("upsells") ? ["decisions"] : []),
];

/** The offer that waits for the buyer's answer, and the confirmation text of an answer. */
function waitingFields({ offer, price }: PresentedOffer, business: BusinessRow) {
  return {
    presentedOffer: {
      presentedOfferId: offer.publicOfferId,
      name: offer.name,
      summary: offer.summary,
      amountCents: price.unitAmountCents,
      currency: price.currency,
      decisionKinds: answersTo(offer.role).map(({ decisionKind }) => decisionKind),
    },
    decisionConfirmationText: decisionContract.confirmation(business),
  };
}
