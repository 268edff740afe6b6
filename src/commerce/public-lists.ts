import type { Parts } from "../kernel/parts.ts";

/** Where a caller finds the ids of public things: named wherever one of them is not found. */
export const PUBLIC_LISTS = {
  offers: "commerce://source-data/sandboxCheckout",
  plans: "commerce://source-data/selfServePricing",
  links: "commerce://affiliates/source-data",
  tables: "commerce://source-data/tables",
  document: "commerce://source-data",
} as const;

/** Where an agent that knows nothing begins: at what is for sale, or at the document where nothing is. */
export function startOfReading(parts: Parts): string {
  if (parts.has("offers")) return `${PUBLIC_LISTS.offers}, then commerce://offers/{offerId}`;
  if (parts.has("plans")) return `${PUBLIC_LISTS.plans}, then commerce://plans/{slug}`;
  return PUBLIC_LISTS.document;
}
