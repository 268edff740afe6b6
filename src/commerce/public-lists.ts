import type { Parts } from "../kernel/parts.ts";

/** Where a caller finds the ids of public things: named wherever one of them is not found. */
export const PUBLIC_LISTS = {
  offers: "commerce://offers",
  plans: "commerce://plans",
  links: "commerce://affiliates/source-data",
  tables: "commerce://source-data/tables",
  document: "commerce://source-data",
} as const;

/** Where an agent that knows nothing begins: at the lists of what is for sale, or at the document where nothing is. */
export function startOfReading(parts: Parts): string {
  const lists = (["offers", "plans"] as const).filter((part) => parts.has(part)).map((part) => PUBLIC_LISTS[part]);
  return lists.length > 0 ? lists.join(" or ") : PUBLIC_LISTS.document;
}
