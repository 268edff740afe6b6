import { attributionContract, evidenceContract, reviewContract } from "../commerce/affiliates/contracts.ts";
import { evidenceText, type NamedBusiness } from "../commerce/confirmation-texts.ts";
import { ROUTES } from "../commerce/routes.ts";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import { given } from "./given.ts";
import type { Prose } from "./prose.ts";

/** How a referral click is attached to a checkout, as both documents publish it. */
export function attributionContractSection(prose: Prose) {
  const { issue, parentIssue, relatedIssues, publicSafeFields, writeBoundary } = prose["referral-attribution"];
  return given({
    id: attributionContract.id,
    status: attributionContract.status,
    issue,
    parentIssue,
    relatedIssues,
    checkoutApiRoute: attributionContract.route,
    sourceDataRoutes: [ROUTES.commerceSourceData, ROUTES.affiliatesSourceData],
    tables: attributionContract.tables,
    publicSafeFields,
    serverPrivateFields: attributionContract.serverPrivateFields,
    writeBoundary,
  });
}

/** How commission evidence is created, as both documents publish it. */
export function ledgerContractSection(prose: Prose, business: NamedBusiness, offerMode: StripeMode) {
  const { issue, parentIssue, relatedIssues, publicSafeFields, writeBoundary } = prose["commission-ledger"];
  return given({
    id: evidenceContract.id,
    status: evidenceContract.status,
    issue,
    parentIssue,
    relatedIssues,
    apiRoute: evidenceContract.route,
    confirmationText: evidenceText(business, offerMode),
    sourceDataRoutes: [ROUTES.affiliatesSourceData, ROUTES.commerceSourceData],
    tables: evidenceContract.tables,
    publicSafeFields,
    serverPrivateFields: evidenceContract.serverPrivateFields,
    writeBoundary,
  });
}

/** What the owner can do with evidence, as both documents publish it. */
export function reviewContractSection(prose: Prose, business: NamedBusiness) {
  const { issue, parentIssue, relatedIssues, writeBoundary } = prose["review-actions"];
  return given({
    id: reviewContract.id,
    status: reviewContract.status,
    issue,
    parentIssue,
    relatedIssues,
    apiRoute: reviewContract.route,
    auth: reviewContract.auth,
    confirmationText: reviewContract.confirmation(business),
    allowedActions: reviewContract.allowedActions,
    writeSafety: reviewContract.writeSafety,
    writeBoundary,
  });
}
