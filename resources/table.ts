import { notFound } from "../src/base/problem.ts";
import { PUBLIC_LISTS } from "../src/commerce/public-lists.ts";
import { commerceQueries } from "../src/db/source-data.ts";
import { defineResource } from "../src/kernel/resource.ts";
import { commerceDocument, findCommerceTable } from "../src/source-data/commerce-document.ts";
import { runningStripe } from "../src/source-data/stripe-versions.ts";

/** The public and private fields of one table. */
export const table = defineResource({
  name: "table",
  uri: "commerce://tables/{table}",
  title: "Table",
  description: "One table's purpose, public-safe fields and server-private fields.",
  readers: "public",
  load: ({ ctx }) => commerceQueries(ctx.db, ctx.ownerUserId),
  present({ rows, params, ctx }) {
    const found = findCommerceTable(commerceDocument(rows, runningStripe, ctx), params.table ?? "");
    if (!found) throw notFound("uri", PUBLIC_LISTS.tables);
    return { ...found };
  },
});
