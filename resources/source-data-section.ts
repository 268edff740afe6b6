import { notFound } from "../src/base/problem.ts";
import { PUBLIC_LISTS } from "../src/commerce/public-lists.ts";
import { commerceQueries } from "../src/db/source-data.ts";
import { defineResource } from "../src/kernel/resource.ts";
import { commerceDocument, findCommerceSection, sectionsOf } from "../src/source-data/commerce-document.ts";
import { runningStripe } from "../src/source-data/stripe-versions.ts";

/** One section of the published document, under its own name. */
export const sourceDataSection = defineResource({
  name: "source-data-section",
  uri: "commerce://source-data/{section}",
  title: "Source-data section",
  description: (parts) => `One section: ${sectionsOf(parts).join(", ")}.`,
  readers: "public",
  load: ({ ctx }) => commerceQueries(ctx.db, ctx.ownerUserId),
  present({ rows, params, ctx }) {
    const section = params.section ?? "";
    const found = findCommerceSection(commerceDocument(rows, runningStripe, ctx), section);
    if (found === null) throw notFound("uri", PUBLIC_LISTS.document);
    return { [section]: found };
  },
});
