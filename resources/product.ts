import { notFound } from "../src/base/problem.ts";
import { isoTime } from "../src/base/time.ts";
import { uploadContract } from "../src/commerce/assets/contract.ts";
import { accessProductById, assetsOf } from "../src/db/access-catalog.ts";
import { publicRow } from "../src/db/public-row.ts";
import { accessProducts, catalogAssets } from "../src/db/schema/index.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** A product of the access catalog, with its assets. */
export const product = defineResource({
  name: "product",
  uri: "commerce://products/{productId}",
  title: "Access product",
  description:
    "A product of the access catalog: assets with their kinds, updatedAt, and the exact text for upload_product_asset.",
  part: "files",
  readers: ["owner:read"],
  load: ({ params, ctx }) => ({
    product: accessProductById(ctx, params.productId ?? ""),
    assets: assetsOf(ctx, params.productId ?? ""),
  }),
  present({ rows }) {
    const [found] = rows.product;
    if (!found) throw notFound("uri");
    return {
      ...publicRow(accessProducts, found),
      assets: rows.assets.map((row) => publicRow(catalogAssets, row)),
      updatedAt: isoTime(found.updatedAt),
      confirmationText: uploadContract.confirmation(),
    };
  },
});
