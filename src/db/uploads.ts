import { and, asc, desc, eq, gte, type InferInsertModel, type InferSelectModel, lt, sql } from "drizzle-orm";
import type { Context } from "../kernel/context.ts";
import { guardChanged, guardThat, type Query } from "./database.ts";
import { joined } from "./joined.ts";
import { accessProducts, catalogAssets, operations, productAssetUploads } from "./schema/index.ts";

export type UploadRow = InferSelectModel<typeof productAssetUploads>;

const ofOwner = (ctx: Context) => eq(productAssetUploads.ownerUserId, ctx.ownerUserId);

/** The upload that an actor's key started. */
export function uploadByKey(ctx: Context, actorId: string, idempotencyKey: string) {
  return ctx.db.build
    .select()
    .from(productAssetUploads)
    .where(
      and(
        ofOwner(ctx),
        eq(productAssetUploads.actorUserId, actorId),
        eq(productAssetUploads.idempotencyKey, idempotencyKey),
      ),
    )
    .limit(1);
}

export type UploadWithOperation = Awaited<ReturnType<typeof uploadByLink>>[number];

/** The upload behind a link, found by the hash of its token, with the operation that gave the link out. */
export function uploadByLink(ctx: Context, tokenSha256: string) {
  return withOperation(ctx)
    .where(and(ofOwner(ctx), eq(productAssetUploads.uploadLinkSha256, tokenSha256)))
    .limit(1);
}

/** Uploads that were started before a time and never finished, the oldest first. */
export function unfinishedUploads(ctx: Context, startedBefore: number, limit: number) {
  return withOperation(ctx)
    .where(
      and(
        ofOwner(ctx),
        // Spelled out, so that the index over unfinished uploads is used.
        sql`${productAssetUploads.status} = 'upload_pending'`,
        lt(productAssetUploads.createdAt, startedBefore),
      ),
    )
    .orderBy(asc(productAssetUploads.createdAt))
    .limit(limit);
}

/** Where uploads lie that were started since a time and given up. */
export function abandonedKeys(ctx: Context, startedSince: number, limit: number) {
  return ctx.db.build
    .select({ key: productAssetUploads.r2ObjectKey })
    .from(productAssetUploads)
    .where(
      and(
        ofOwner(ctx),
        gte(productAssetUploads.createdAt, startedSince),
        eq(productAssetUploads.status, "upload_abandoned"),
      ),
    )
    .orderBy(desc(productAssetUploads.createdAt))
    .limit(limit);
}

function withOperation(ctx: Context) {
  return ctx.db.build
    .select({ upload: joined(productAssetUploads, "upload"), operation: joined(operations, "operation") })
    .from(productAssetUploads)
    .innerJoin(
      operations,
      and(
        eq(operations.ownerUserId, productAssetUploads.ownerUserId),
        eq(operations.id, productAssetUploads.operationId),
      ),
    );
}

export function insertUpload(ctx: Context, row: InferInsertModel<typeof productAssetUploads>): Query {
  return ctx.db.build.insert(productAssetUploads).values(row);
}

/** Ends an unfinished upload, or aborts the batch with `upload_moved` when it has ended already. */
export function endUpload(
  ctx: Context,
  id: string,
  change: { status: "stored_private" | "upload_abandoned"; updatedAt: number },
): Query[] {
  return [
    ctx.db.build
      .update(productAssetUploads)
      .set(change)
      .where(and(ofOwner(ctx), eq(productAssetUploads.id, id), eq(productAssetUploads.status, "upload_pending"))),
    guardChanged(ctx.db, "upload_moved"),
  ];
}

/** Aborts the batch with `stale_state` when the product moved, or no longer has the asset as a file. */
export function guardFileAsset(
  ctx: Context,
  product: InferSelectModel<typeof accessProducts>,
  assetId: string,
  kind: string,
): Query {
  return guardThat(
    ctx.db,
    sql`EXISTS (SELECT 1 FROM ${accessProducts} JOIN ${catalogAssets} ON ${catalogAssets.ownerUserId} = ${accessProducts.ownerUserId} AND ${catalogAssets.productId} = ${accessProducts.id}
      WHERE ${accessProducts.ownerUserId} = ${ctx.ownerUserId} AND ${accessProducts.id} = ${product.id} AND ${accessProducts.updatedAt} = ${product.updatedAt}
        AND ${catalogAssets.assetId} = ${assetId} AND ${catalogAssets.kind} = ${kind})`,
    "stale_state",
  );
}
