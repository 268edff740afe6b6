/** The seed files as modules, for a runtime without a file system. */
import accessCatalog from "../../seeds/business/access-catalog.json" with { type: "json" };
import affiliates from "../../seeds/business/affiliates.json" with { type: "json" };
import business from "../../seeds/business/business.json" with { type: "json" };
import offers from "../../seeds/business/offers.json" with { type: "json" };
import plans from "../../seeds/business/plans.json" with { type: "json" };
import prices from "../../seeds/business/prices.json" with { type: "json" };
import products from "../../seeds/business/products.json" with { type: "json" };
import proseAffiliates from "../../seeds/business/prose/affiliates.json" with { type: "json" };
import proseAgentWriteRules from "../../seeds/business/prose/agent-write-rules.json" with { type: "json" };
import proseCommissionLedger from "../../seeds/business/prose/commission-ledger.json" with { type: "json" };
import proseContract from "../../seeds/business/prose/contract.json" with { type: "json" };
import proseDecisions from "../../seeds/business/prose/decisions.json" with { type: "json" };
import proseDocument from "../../seeds/business/prose/document.json" with { type: "json" };
import prosePostPurchaseDecisions from "../../seeds/business/prose/post-purchase-decisions.json" with { type: "json" };
import proseReferralAttribution from "../../seeds/business/prose/referral-attribution.json" with { type: "json" };
import proseReviewActions from "../../seeds/business/prose/review-actions.json" with { type: "json" };
import proseSandboxCheckout from "../../seeds/business/prose/sandbox-checkout.json" with { type: "json" };
import proseSecretNames from "../../seeds/business/prose/secret-names.json" with { type: "json" };
import proseSelfServePricing from "../../seeds/business/prose/self-serve-pricing.json" with { type: "json" };
import proseSourceReferences from "../../seeds/business/prose/source-references.json" with { type: "json" };
import proseTables from "../../seeds/business/prose/tables.json" with { type: "json" };
import protectedContent from "../../seeds/business/protected-content.json" with { type: "json" };
import revocation from "../../seeds/business/revocation.json" with { type: "json" };
import devAccounts from "../../seeds/stories/accounts.json" with { type: "json" };
import referenceStory from "../../seeds/stories/reference.json" with { type: "json" };
import { parseBusiness, type SeedFiles } from "../../src/dev/seeds/business.ts";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { type DevAccount, parseDevAccounts, parseStory, type Story } from "../../src/dev/seeds/story/shape.ts";

/** The files of `seeds/business/`, by path. */
export const bundledFiles: SeedFiles = {
  "seeds/business/access-catalog.json": accessCatalog,
  "seeds/business/affiliates.json": affiliates,
  "seeds/business/business.json": business,
  "seeds/business/offers.json": offers,
  "seeds/business/plans.json": plans,
  "seeds/business/prices.json": prices,
  "seeds/business/products.json": products,
  "seeds/business/prose/affiliates.json": proseAffiliates,
  "seeds/business/prose/agent-write-rules.json": proseAgentWriteRules,
  "seeds/business/prose/commission-ledger.json": proseCommissionLedger,
  "seeds/business/prose/contract.json": proseContract,
  "seeds/business/prose/decisions.json": proseDecisions,
  "seeds/business/prose/document.json": proseDocument,
  "seeds/business/prose/post-purchase-decisions.json": prosePostPurchaseDecisions,
  "seeds/business/prose/referral-attribution.json": proseReferralAttribution,
  "seeds/business/prose/review-actions.json": proseReviewActions,
  "seeds/business/prose/sandbox-checkout.json": proseSandboxCheckout,
  "seeds/business/prose/secret-names.json": proseSecretNames,
  "seeds/business/prose/self-serve-pricing.json": proseSelfServePricing,
  "seeds/business/prose/source-references.json": proseSourceReferences,
  "seeds/business/prose/tables.json": proseTables,
  "seeds/business/protected-content.json": protectedContent,
  "seeds/business/revocation.json": revocation,
};

/** The business of the repository, checked. */
export const bundledBusiness = (): Business => parseBusiness(bundledFiles);

/** The story behind the reference document, checked. */
export const bundledReferenceStory = (business: Business): Story =>
  parseStory("seeds/stories/reference.json", referenceStory, business);

/** The development accounts, checked. */
export const bundledDevAccounts = (): readonly DevAccount[] =>
  parseDevAccounts("seeds/stories/accounts.json", devAccounts);
