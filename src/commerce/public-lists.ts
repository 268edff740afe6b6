/** Where a caller finds the ids of public things: named wherever one of them is not found. */
export const PUBLIC_LISTS = {
  offers: "commerce://source-data/sandboxCheckout",
  plans: "commerce://source-data/selfServePricing",
  links: "commerce://affiliates/source-data",
  tables: "commerce://source-data/tables",
  document: "commerce://source-data",
} as const;
