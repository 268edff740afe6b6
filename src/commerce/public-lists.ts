/** Where a caller finds the ids of public things: named wherever one of them is not found. */
export const PUBLIC_LISTS = {
  offers: "commerce://offers",
  plans: "commerce://plans",
  links: "commerce://affiliates/source-data",
  tables: "commerce://source-data/tables",
  document: "commerce://source-data",
} as const;
