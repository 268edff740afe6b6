import { sha256 } from "../../../base/digest.ts";
import { isoTime } from "../../../base/time.ts";
import { ownSettings } from "../../../commerce/checkout/claim-checkout.ts";
import { checkoutContract } from "../../../commerce/checkout/contracts.ts";
import { closeRequest } from "../../../commerce/checkout/frozen-request.ts";
import { checkoutText } from "../../../commerce/confirmation-texts.ts";
import { OFFER_CHECKOUT } from "../../../commerce/modes.ts";
import { ROUTES } from "../../../commerce/routes.ts";
import { taxOf } from "../../../commerce/tax.ts";
import * as schema from "../../../db/schema/index.ts";
import { lineItem } from "../../../stripe/line-item.ts";
import { insertLocal, type LocalStatement } from "../statement.ts";
import { type AuditKind, auditRow, byAgent, operationRow } from "./operation.ts";
import type { Sale } from "./sale.ts";

const CHECKOUT_LIFE_MS = 23 * 3_600_000;

/** The rows of a checkout that an agent started for the buyer, in its state after the payment. */
export async function startRows(sale: Sale): Promise<LocalStatement[]> {
  const { checkout, ownerUserId, first, lines, story, short } = sale;
  const token = (kind: string) => `story-${kind}-${short}`;
  const link = (path: string, kind: string) =>
    sale.keyring.seal(`${sale.publicUrl}${path}/${token(kind)}`, sale.urlPlace);
  const agentAudit = (
    eventKind: AuditKind,
    createdAt: number,
    subjectId: string,
    subjectStatus: string,
    summary: string,
  ) =>
    auditRow(sale, eventKind, {
      eventKind,
      ...byAgent(sale),
      summary,
      createdAt,
      ...sale.start,
      subjectId,
      subjectStatus,
    });
  const expiresAt = Math.floor((checkout.startedAt + CHECKOUT_LIFE_MS) / 1000) * 1000;
  const decidedAt = checkout.decision?.decidedAt;
  const tax = taxOf(
    sale.business.files.business,
    lines.map(({ price }) => price),
  );
  const metadata = { checkout_intent_id: checkout.id, product_id: first.price.productId, price_id: first.price.id };
  return [
    await operationRow(sale, {
      step: "start",
      write: checkoutContract.write,
      at: checkout.startedAt,
      endedAt: checkout.openedAt,
      subjectId: checkout.offerId,
      subjectUpdatedAt: story.catalogReadAt,
      text: checkoutText(
        sale.business.files.business,
        first.price,
        sale.bumps.map((bump) => bump.price),
      ),
      input: { offerId: checkout.offerId, orderBumpIds: checkout.orderBumpIds, referralClickId: checkout.clickId },
      result: {
        checkoutIntentId: checkout.id,
        checkoutUrl: `${sale.publicUrl}${ROUTES.checkoutRedirect}/${token("redirect")}`,
        expiresAt: isoTime(expiresAt),
        amountCents: sale.amountCents,
        currency: first.price.currency,
        stripeMode: "sandbox",
        status: "open",
        updatedAt: isoTime(checkout.openedAt),
      },
    }),
    insertLocal(schema.checkoutIntents, {
      id: checkout.id,
      ownerUserId,
      checkoutKind: OFFER_CHECKOUT.sandbox,
      status: "paid",
      productId: first.price.productId,
      priceId: first.price.id,
      amountCents: sale.amountCents,
      currency: first.price.currency,
      stripeMode: "sandbox",
      idempotencyKey: `story-${short}-start`,
      buyerUserId: story.buyer.id,
      stripeCheckoutSessionId: sale.sessionId,
      stripePaymentIntentId: `pi_story_${short}`,
      successUrl: await link(ROUTES.checkoutSuccess, "return"),
      cancelUrl: await link(ROUTES.checkoutCancel, "cancel"),
      redirectUrl: await link(ROUTES.checkoutRedirect, "redirect"),
      auditCorrelationId: sale.start.auditCorrelationId,
      agentClientId: story.clientId,
      actorId: story.buyer.id,
      operationId: sale.start.operationId,
      offerId: checkout.offerId,
      offerStackId: sale.stack.id,
      confirmedAt: checkout.startedAt,
      frozenRequestJson: closeRequest({
        mode: "payment",
        line_items: lines.map(({ offer, price }) =>
          lineItem({ ...price, stripePriceId: null }, offer.name, "once", {
            wanted: offer.stripeMode,
            sold: "sandbox",
          }),
        ),
        client_reference_id: checkout.id,
        ...ownSettings(tax),
        metadata,
        payment_intent_data: { metadata },
        expires_at: expiresAt / 1000,
      }),
      frozenApiVersion: story.stripeApiVersion,
      expiresAt,
      paidAt: checkout.paidAt,
      taxBehavior: tax,
      createdAt: checkout.startedAt,
      updatedAt: decidedAt ?? checkout.paidAt,
    }),
    ...lines.map(({ offer, price }, position) =>
      insertLocal(schema.checkoutIntentLines, {
        ownerUserId,
        checkoutIntentId: checkout.id,
        position,
        role: offer.role === "order_bump" ? "order_bump" : "primary",
        offerId: offer.publicOfferId,
        productId: price.productId,
        priceId: price.id,
        name: offer.name,
        unitAmountCents: price.unitAmountCents,
      }),
    ),
    ...(await Promise.all(
      (["redirect", "return", "cancel"] as const).map(async (kind) =>
        insertLocal(schema.checkoutLinks, {
          tokenSha256: await sha256(token(kind)),
          ownerUserId,
          checkoutIntentId: checkout.id,
          kind,
        }),
      ),
    )),
    insertLocal(schema.checkoutReferralAttributions, {
      id: sale.attributionId,
      ownerUserId,
      checkoutIntentId: checkout.id,
      referralClickId: checkout.clickId,
      referralLinkId: sale.link.id,
      referralCode: sale.link.code,
      partnerId: sale.link.partnerId,
      destinationRoute: sale.link.destinationRoute,
      checkoutProductId: first.price.productId,
      checkoutPriceId: first.price.id,
      auditCorrelationId: sale.start.auditCorrelationId,
      createdAt: checkout.startedAt,
    }),
    agentAudit(
      "checkout_intent_created",
      checkout.startedAt,
      checkout.id,
      "created",
      "A checkout was confirmed and written down.",
    ),
    agentAudit(
      "checkout_referral_attribution_attached",
      checkout.startedAt,
      sale.attributionId,
      "checkout_intent_attached",
      "A referral click was attached to a checkout as evidence.",
    ),
    agentAudit(
      "checkout_session_created",
      checkout.openedAt,
      checkout.id,
      "open",
      "The hosted payment page was created.",
    ),
  ];
}
