import { commerceQueries } from "../src/db/source-data.ts";
import { defineResource } from "../src/kernel/resource.ts";
import { commerceDocument } from "../src/source-data/commerce-document.ts";
import { runningStripe } from "../src/source-data/stripe-versions.ts";

/** The whole published document: what is for sale, the contracts, the safety rules, aggregate evidence. */
export const sourceData = defineResource({
  name: "source-data",
  uri: "commerce://source-data",
  title: "Source-data",
  description: "The whole published document, which is long: prefer commerce://source-data/{section}.",
  readers: "public",
  load: ({ ctx }) => commerceQueries(ctx.db, ctx.ownerUserId),
  present: ({ rows, ctx }) => commerceDocument(rows, runningStripe, ctx),
});
