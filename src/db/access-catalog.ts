import { and, asc, desc, eq, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import type { Context } from "../kernel/context.ts";
import { accessProducts, catalogAssets, productAssetUploads } from "./schema/index.ts";

/** A product of the access catalog, which is another namespace than what is sold. */
export function accessProductById(ctx: Context, id: string) {
  return ctx.db.build
    .select()
    .from(accessProducts)
    .where(and(eq(accessProducts.ownerUserId, ctx.ownerUserId), eq(accessProducts.id, id)))
    .limit(1);
}

export function assetsOf(ctx: Context, productId: string) {
  return ctx.db.build
    .select()
    .from(catalogAssets)
    .where(and(eq(catalogAssets.ownerUserId, ctx.ownerUserId), eq(catalogAssets.productId, productId)))
    .orderBy(asc(catalogAssets.assetId));
}

/** A page of uploads, newest first. */
export function uploadsPage(ctx: Context, after: ListPosition | undefined) {
  const { createdAt, id } = productAssetUploads;
  return ctx.db.build
    .select()
    .from(productAssetUploads)
    .where(
      and(
        eq(productAssetUploads.ownerUserId, ctx.ownerUserId),
        after && sql`(${createdAt}, ${id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(PAGE_SIZE + 1);
}
