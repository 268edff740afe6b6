import { and, asc, eq } from "drizzle-orm";
import { joined } from "./joined.ts";
import { accessProducts, catalogAssets } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** A product of the access catalog; `commerce_products` have ids of their own. */
export function accessProductById(store: Store, id: string) {
  return store.db.build
    .select()
    .from(accessProducts)
    .where(and(eq(accessProducts.ownerUserId, store.ownerUserId), eq(accessProducts.id, id)))
    .limit(1);
}

export function assetsOf(store: Store, productId: string) {
  return store.db.build
    .select()
    .from(catalogAssets)
    .where(and(eq(catalogAssets.ownerUserId, store.ownerUserId), eq(catalogAssets.productId, productId)))
    .orderBy(asc(catalogAssets.assetId));
}

/** Every asset of kind `file` with its product. The catalog is small, so there are no pages. */
export function fileAssets(store: Store) {
  return store.db.build
    .select({ asset: joined(catalogAssets, "asset"), product: joined(accessProducts, "product") })
    .from(catalogAssets)
    .innerJoin(
      accessProducts,
      and(eq(accessProducts.ownerUserId, catalogAssets.ownerUserId), eq(accessProducts.id, catalogAssets.productId)),
    )
    .where(and(eq(catalogAssets.ownerUserId, store.ownerUserId), eq(catalogAssets.kind, "file")))
    .orderBy(asc(catalogAssets.productId), asc(catalogAssets.assetId));
}
