import { STRIPE_SECRET_NAMES } from "../commerce/secret-names.ts";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import type { CommerceRows } from "../db/source-data.ts";
import { attributionContractSection, ledgerContractSection, reviewContractSection } from "./affiliate-sections.ts";
import { attributionSummary, decisionSummary, ledgerSummary } from "./aggregates.ts";
import { type Catalog, catalogOf } from "./catalog.ts";
import { checkoutContractSection, checkoutSection, decisionContractSection } from "./checkout-sections.ts";
import { offerList } from "./offer-list.ts";
import { planContractSection, planSection } from "./plan-section.ts";
import { type Prose, parseProse } from "./prose.ts";
import { latestDate } from "./published-times.ts";
import type { StripeVersions } from "./stripe-versions.ts";
import { tablesSection } from "./tables-section.ts";

/**
 * The published document of the business, computed from the rows, the declarations, the running packages and the
 * deployment's maximum: offers are published in the mode that they are sold in here, plans in the mode of the data. The
 * order of its keys is published too.
 */
export function commerceDocument(rows: CommerceRows, stripe: StripeVersions, maxMode: StripeMode | null) {
  const prose = parseProse(rows.prose);
  const catalog = catalogOf(rows, maxMode);
  return {
    id: prose.document.id,
    updatedAt: latestDate(rows.business, rows.prose, rows.products, rows.prices, rows.stacks, rows.offers, rows.plans),
    stripeNodeVersion: stripe.stripeNodeVersion,
    stripeApiVersion: stripe.stripeApiVersion,
    contract: contractSection(catalog, prose),
    decisions: prose.decisions,
    tables: tablesSection(prose),
    selfServePricing: planSection(catalog, prose),
    sandboxCheckout: { ...checkoutSection(catalog, prose), offers: offerList(rows, maxMode) },
    postPurchaseDecisions: { contract: decisionContractSection(catalog, prose), summary: decisionSummary(rows) },
    referralAttribution: { contract: attributionContractSection(prose), summary: attributionSummary(rows) },
    affiliateCommissionLedger: {
      contract: ledgerContractSection(prose, catalog.business, catalog.offerMode),
      ownerReviewActions: reviewContractSection(prose, catalog.business),
      summary: ledgerSummary(rows),
    },
    agentWriteRules: prose["agent-write-rules"],
  };
}

function contractSection(catalog: Catalog, prose: Prose) {
  const words = prose.contract;
  return {
    id: words.id,
    issue: words.issue,
    firstCheckoutIssue: words.firstCheckoutIssue,
    status: words.status,
    activeMode: catalog.offerMode,
    summary: words.summary,
    notLiveYet: words.notLiveYet,
    selfServePricing: planContractSection(catalog, prose),
    sandboxCheckout: checkoutContractSection(catalog, prose),
    referralAttribution: attributionContractSection(prose),
    affiliateCommissionLedger: ledgerContractSection(prose, catalog.business, catalog.offerMode),
    affiliateCommissionReviewActions: reviewContractSection(prose, catalog.business),
    postPurchaseDecisions: decisionContractSection(catalog, prose),
    secretNames: STRIPE_SECRET_NAMES.map((name) => ({ name, ...requireSecret(prose, name) })),
    sourceReferences: prose["source-references"],
  };
}

function requireSecret(prose: Prose, name: string) {
  const words = prose["secret-names"][name];
  if (!words) throw new Error(`the prose says nothing of ${name}`);
  return { storage: words.storage, visibility: words.visibility };
}

export type CommerceDocument = ReturnType<typeof commerceDocument>;

/** The parts that can be read on their own, by their key in the document. */
export const COMMERCE_SECTIONS = [
  "contract",
  "decisions",
  "tables",
  "selfServePricing",
  "sandboxCheckout",
  "postPurchaseDecisions",
  "referralAttribution",
  "affiliateCommissionLedger",
  "agentWriteRules",
] as const satisfies readonly (keyof CommerceDocument)[];

/** One part of the document, or null where there is none of that name. */
export function findCommerceSection(document: CommerceDocument, name: string) {
  const section = COMMERCE_SECTIONS.find((known) => known === name);
  return section ? document[section] : null;
}

/** One entry of `tables`, or null where no table of that name is published. */
export function findCommerceTable(document: CommerceDocument, table: string) {
  return document.tables.find((entry) => entry.table === table) ?? null;
}
