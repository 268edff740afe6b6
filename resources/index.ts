import type { Resource } from "../src/kernel/resource.ts";
import { affiliatesSourceData } from "./affiliates-source-data.ts";
import { checkout } from "./checkout.ts";
import { checkouts } from "./checkouts.ts";
import { offer } from "./offer.ts";
import { operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { plan } from "./plan.ts";
import { sourceData } from "./source-data.ts";
import { sourceDataSection } from "./source-data-section.ts";
import { table } from "./table.ts";

/** Everything that can be read. */
export const resources: readonly Resource[] = [
  sourceData,
  sourceDataSection,
  table,
  offer,
  plan,
  affiliatesSourceData,
  checkouts,
  checkout,
  operations,
  operation,
];
