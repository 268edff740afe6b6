import { STRIPE_SECRET_NAMES } from "../commerce/secret-names.ts";
import type { BusinessPart } from "../db/schema/vocabulary.ts";
import type { CommerceRows } from "../db/source-data.ts";
import { type Parts, usedOf } from "../kernel/parts.ts";
import { attributionContractSection, ledgerContractSection, reviewContractSection } from "./affiliate-sections.ts";
import { attributionSummary, decisionSummary, ledgerSummary } from "./aggregates.ts";
import { type Catalog, catalogOf, type Deployed } from "./catalog.ts";
import { checkoutContractSection, checkoutSection, decisionContractSection } from "./checkout-sections.ts";
import { given } from "./given.ts";
import { neutralSecret } from "./neutral-prose.ts";
import { offerList } from "./offer-list.ts";
import { planContractSection, planSection } from "./plan-section.ts";
import { over, type Prose, parseProse } from "./prose.ts";
import { latestDate } from "./published-times.ts";
import type { StripeVersions } from "./stripe-versions.ts";
import { tablesSection } from "./tables-section.ts";

/**
 * The published document of the business, computed from the rows, the declarations, the running packages and the
 * deployment: offers are published in the mode that they are sold in here, plans in the mode of the data, and parts that the
 * business does not use are left out. The order of its keys is published too.
 */
export function commerceDocument(rows: CommerceRows, stripe: StripeVersions, deployed: Deployed) {
  const { parts } = deployed;
  const prose = parseProse(rows.prose, parts, rows.delivered.length > 0);
  const catalog = catalogOf(rows, deployed);
  return {
    id: prose.document.id,
    updatedAt: latestDate(
      rows.business,
      rows.prose,
      rows.products,
      rows.prices,
      rows.stacks,
      rows.offers,
      rows.plans,
      rows.delivered,
    ),
    stripeNodeVersion: stripe.stripeNodeVersion,
    stripeApiVersion: stripe.stripeApiVersion,
    contract: contractSection(catalog, prose),
    decisions: prose.decisions,
    tables: tablesSection(prose, parts),
    ...(parts.has("plans") && { selfServePricing: planSection(catalog, prose) }),
    ...(catalog.primary && {
      sandboxCheckout: {
        ...checkoutSection(catalog, catalog.primary, prose),
        offers: offerList(rows, deployed.maxMode),
      },
    }),
    ...(parts.has("upsells") && {
      postPurchaseDecisions: { contract: decisionContractSection(catalog, prose), summary: decisionSummary(rows) },
    }),
    ...(parts.has("affiliates") && {
      referralAttribution: { contract: attributionContractSection(prose), summary: attributionSummary(rows) },
      affiliateCommissionLedger: {
        contract: ledgerContractSection(prose, catalog.business, catalog.offerMode),
        ownerReviewActions: reviewContractSection(prose, catalog.business),
        summary: ledgerSummary(rows),
      },
    }),
    agentWriteRules: prose["agent-write-rules"],
  };
}

function contractSection(catalog: Catalog, prose: Prose) {
  const words = prose.contract;
  const { parts } = catalog;
  return given({
    id: words.id,
    issue: words.issue,
    firstCheckoutIssue: words.firstCheckoutIssue,
    status: words.status,
    activeMode: catalog.primary ? catalog.offerMode : catalog.planMode,
    summary: words.summary,
    notLiveYet: words.notLiveYet,
    ...(parts.has("plans") && { selfServePricing: planContractSection(catalog, prose) }),
    ...(catalog.primary && { sandboxCheckout: checkoutContractSection(catalog, prose) }),
    ...(parts.has("affiliates") && {
      referralAttribution: attributionContractSection(prose),
      affiliateCommissionLedger: ledgerContractSection(prose, catalog.business, catalog.offerMode),
      affiliateCommissionReviewActions: reviewContractSection(prose, catalog.business),
    }),
    ...(parts.has("upsells") && { postPurchaseDecisions: decisionContractSection(catalog, prose) }),
    secretNames: STRIPE_SECRET_NAMES.map((name) => {
      const { storage, visibility } = over(neutralSecret(name), prose["secret-names"][name]);
      return { name, storage, visibility };
    }),
    sourceReferences: prose["source-references"],
  });
}

export type CommerceDocument = ReturnType<typeof commerceDocument>;

interface Section {
  readonly key: Exclude<keyof CommerceDocument, "id" | "updatedAt" | "stripeNodeVersion" | "stripeApiVersion">;
  readonly part?: BusinessPart;
}

/** The sections that can be read on their own, by their key in the document, and the part that each belongs to. */
const SECTIONS: readonly Section[] = [
  { key: "contract" },
  { key: "decisions" },
  { key: "tables" },
  { key: "selfServePricing", part: "plans" },
  { key: "sandboxCheckout", part: "offers" },
  { key: "postPurchaseDecisions", part: "upsells" },
  { key: "referralAttribution", part: "affiliates" },
  { key: "affiliateCommissionLedger", part: "affiliates" },
  { key: "agentWriteRules" },
];

/** The keys of the sections that a business has. */
export const sectionsOf = (parts: Parts) => usedOf(SECTIONS, parts).map(({ key }) => key);

/** One section of the document, or null where there is none of that name. */
export function findCommerceSection(document: CommerceDocument, name: string) {
  const section = SECTIONS.find(({ key }) => key === name);
  return section ? (document[section.key] ?? null) : null;
}

/** One entry of `tables`, or null where no table of that name is published. */
export function findCommerceTable(document: CommerceDocument, table: string) {
  return document.tables.find((entry) => entry.table === table) ?? null;
}
