import type { Resource } from "../src/kernel/resource.ts";
import { affiliatesSourceData } from "./affiliates-source-data.ts";
import { audit } from "./audit.ts";
import { checkout } from "./checkout.ts";
import { checkouts } from "./checkouts.ts";
import { entitlement } from "./entitlement.ts";
import { entitlements } from "./entitlements.ts";
import { health } from "./health.ts";
import { ledgerEntries } from "./ledger-entries.ts";
import { ledgerEntry } from "./ledger-entry.ts";
import { limits } from "./limits.ts";
import { offer } from "./offer.ts";
import { offers } from "./offers.ts";
import { operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { plan } from "./plan.ts";
import { plans } from "./plans.ts";
import { product } from "./product.ts";
import { productAssets } from "./product-assets.ts";
import { revocationIntents } from "./revocation-intents.ts";
import { sourceData } from "./source-data.ts";
import { sourceDataSection } from "./source-data-section.ts";
import { table } from "./table.ts";

/** All resources, in the order in which clients list them. */
export const resources: readonly Resource[] = [
  offers,
  plans,
  offer,
  plan,
  sourceData,
  sourceDataSection,
  table,
  affiliatesSourceData,
  checkouts,
  checkout,
  operations,
  operation,
  limits,
  ledgerEntries,
  ledgerEntry,
  entitlements,
  entitlement,
  revocationIntents,
  product,
  productAssets,
  audit,
  health,
];
