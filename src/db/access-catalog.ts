import { and, asc, desc, eq, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { joined } from "./joined.ts";
import { accessProducts, catalogAssets, productAssetUploads } from "./schema/index.ts";
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

/** A page of uploads, newest first. */
export function uploadsPage(store: Store, after: ListPosition | undefined) {
  const { createdAt, id } = productAssetUploads;
  return store.db.build
    .select()
    .from(productAssetUploads)
    .where(
      and(
        eq(productAssetUploads.ownerUserId, store.ownerUserId),
        after && sql`(${createdAt}, ${id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(PAGE_SIZE + 1);
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
