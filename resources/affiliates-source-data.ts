import { affiliatesQueries } from "../src/db/source-data.ts";
import { defineResource } from "../src/kernel/resource.ts";
import { affiliatesDocument } from "../src/source-data/affiliates-document.ts";

/** Programs, links, rules and aggregate evidence of referrals. Click rows stay private. */
export const affiliatesSourceData = defineResource({
  name: "affiliates-source-data",
  uri: "commerce://affiliates/source-data",
  title: "Affiliates source-data",
  description: "Affiliate programs, links, rules and aggregate evidence.",
  part: "affiliates",
  readers: "public",
  load: ({ ctx }) => affiliatesQueries(ctx.db, ctx.ownerUserId),
  present: ({ rows, ctx }) => affiliatesDocument(rows, ctx),
});
