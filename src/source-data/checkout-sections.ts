import { checkoutContract } from "../commerce/checkout/contracts.ts";
import { decisionContract } from "../commerce/checkout/decision-contract.ts";
import { checkoutText } from "../commerce/confirmation-texts.ts";
import { ROUTES } from "../commerce/routes.ts";
import type { Parts } from "../kernel/parts.ts";
import type { Catalog, OfferRow } from "./catalog.ts";
import { given } from "./given.ts";
import type { Prose } from "./prose.ts";

/** The flags and routes of the offers' checkout, for `contract`. */
export function checkoutContractSection(catalog: Catalog, prose: Prose) {
  const { issue, orderBumpIssue, entitlementGrantIssue } = prose["sandbox-checkout"];
  const live = catalog.offerMode === "live";
  const { parts } = catalog;
  const grants = checkoutContract.grantsEntitlementsFromPaidWebhook;
  return given({
    issue,
    orderBumpIssue,
    entitlementGrantIssue,
    checkoutEndpoint: checkoutContract.route,
    webhookEndpoint: ROUTES.stripeWebhook,
    createsStripeCheckoutSession: checkoutContract.createsStripeCheckoutSession,
    supportsConstrainedOrderBump: supportsOrderBumps(catalog),
    grantsSandboxEntitlementsFromPaidWebhook: parts.has("access") ? !live && grants : undefined,
    ...attributionFlag(parts),
    supportsPostPurchaseDecisionEvidence: parts.has("upsells")
      ? checkoutContract.supportsPostPurchaseDecisionEvidence
      : undefined,
    liveModeEnabled: live,
    grantsLiveEntitlementsFromPaidWebhook: parts.has("access") && live ? grants : undefined,
  });
}

/** The offer on sale, its order bumps, and the confirmation text of its checkout. */
export function checkoutSection(catalog: Catalog, primary: OfferRow, prose: Prose) {
  const { business, bumps, parts, requirePrice } = catalog;
  const price = requirePrice(primary.priceId);
  return {
    offer: given({
      id: primary.publicOfferId,
      productId: primary.productId,
      priceId: primary.priceId,
      name: primary.name,
      summary: primary.summary,
      currency: price.currency,
      unitAmountCents: price.unitAmountCents,
      billingInterval: price.billingInterval,
      mode: catalog.offerMode,
      issue: prose["sandbox-checkout"].issue,
      status: primary.status,
    }),
    orderBumps: bumps.map((bump) => {
      const { unitAmountCents, currency } = requirePrice(bump.priceId);
      return { id: bump.publicOfferId, priceId: bump.priceId, productId: bump.productId, unitAmountCents, currency };
    }),
    supportsOrderBumps: supportsOrderBumps(catalog),
    ...attributionFlag(parts),
    routes: {
      start: checkoutContract.route,
      webhook: ROUTES.stripeWebhook,
      redirect: ROUTES.checkoutRedirect,
      success: ROUTES.checkoutSuccess,
      cancel: ROUTES.checkoutCancel,
    },
    ...(parts.has("upsells") && {
      postPurchaseDecisionRoute: decisionContract.route,
      postPurchaseRoutePrefix: ROUTES.postPurchase,
    }),
    confirmation: { required: true, text: checkoutText(business, price) },
    rawStripeIdsIncluded: false,
  };
}

/** The answers that a buyer can give after payment, and the offers that they are about. */
export function decisionContractSection(catalog: Catalog, prose: Prose) {
  const { issue, parentIssue, relatedIssues, publicSafeFields, writeBoundary } = prose["post-purchase-decisions"];
  return given({
    id: decisionContract.id,
    status: decisionContract.status,
    issue,
    parentIssue,
    relatedIssues,
    apiRoute: decisionContract.route,
    routePrefix: ROUTES.postPurchase,
    confirmationText: decisionContract.confirmation(catalog.business),
    eligibleCheckoutStatuses: decisionContract.eligibleStatuses,
    allowedDecisions: decisionContract.allowedDecisions.flatMap(({ decisionKind, role, billingMutationCreated }) => {
      const offer = catalog[role];
      return offer ? [{ decisionKind, presentedOfferId: offer.publicOfferId, billingMutationCreated }] : [];
    }),
    publicSafeFields,
    serverPrivateFields: decisionContract.serverPrivateFields,
    writeBoundary,
  });
}

const attributionFlag = (parts: Parts) =>
  parts.has("affiliates") && {
    supportsReferralAttributionEvidence: checkoutContract.supportsReferralAttributionEvidence,
  };

function supportsOrderBumps({ bumps }: Catalog): boolean {
  return checkoutContract.supportsConstrainedOrderBump && bumps.length > 0;
}
