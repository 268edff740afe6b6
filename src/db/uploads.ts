import { and, asc, desc, eq, gte, type InferInsertModel, type InferSelectModel, lt, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { guardChanged, guardThat, type Query } from "./database.ts";
import { joined } from "./joined.ts";
import { accessProducts, catalogAssets, oauthGrants, operations, productAssetUploads } from "./schema/index.ts";
import type { Store } from "./store.ts";

export type UploadRow = InferSelectModel<typeof productAssetUploads>;

const ofOwner = (store: Store) => eq(productAssetUploads.ownerUserId, store.ownerUserId);

/** The upload that an actor's key started. */
export function uploadByKey(store: Store, actorId: string, idempotencyKey: string) {
  return store.db.build
    .select()
    .from(productAssetUploads)
    .where(
      and(
        ofOwner(store),
        eq(productAssetUploads.actorUserId, actorId),
        eq(productAssetUploads.idempotencyKey, idempotencyKey),
      ),
    )
    .limit(1);
}

/** The upload of an asset that holders of its product get: the newest that is stored. */
export function newestStored(store: Store, { productId, assetId }: Pick<UploadRow, "productId" | "assetId">) {
  const uploads = productAssetUploads;
  return store.db.build
    .select({ fileName: uploads.fileName, createdAt: uploads.createdAt })
    .from(uploads)
    .where(
      and(
        ofOwner(store),
        eq(uploads.productId, productId),
        eq(uploads.assetId, assetId),
        // A literal and no bound value, for the partial index.
        sql`${uploads.status} = 'stored_private'`,
      ),
    )
    .orderBy(desc(uploads.createdAt), desc(uploads.id))
    .limit(1);
}

export type UploadWithOperation = Awaited<ReturnType<typeof uploadByLink>>[number];

/** The upload behind a link, found by the hash of its token, with the operation that gave the link out. */
export function uploadByLink(store: Store, tokenSha256: string) {
  return withOperation(store)
    .where(and(ofOwner(store), eq(productAssetUploads.uploadLinkSha256, tokenSha256)))
    .limit(1);
}

/** Uploads that were started before a time and never finished, the oldest first. */
export function unfinishedUploads(store: Store, startedBefore: number, limit: number) {
  return withOperation(store)
    .where(
      and(
        ofOwner(store),
        // A literal and no bound value: SQLite uses the partial index over unfinished uploads only then.
        sql`${productAssetUploads.status} = 'upload_pending'`,
        lt(productAssetUploads.createdAt, startedBefore),
      ),
    )
    .orderBy(asc(productAssetUploads.createdAt))
    .limit(limit);
}

/** The keys of uploads that were started since a time and abandoned. */
export function abandonedKeys(store: Store, startedSince: number, limit: number) {
  return store.db.build
    .select({ key: productAssetUploads.r2ObjectKey })
    .from(productAssetUploads)
    .where(
      and(
        ofOwner(store),
        gte(productAssetUploads.createdAt, startedSince),
        eq(productAssetUploads.status, "upload_abandoned"),
      ),
    )
    .orderBy(desc(productAssetUploads.createdAt))
    .limit(limit);
}

/** Whether the grant that an operation came under is in force; true for what a person did on our own pages. */
const grantLives = sql<
  0 | 1
>`(${operations.grantId} IS NULL OR EXISTS (SELECT 1 FROM ${oauthGrants} WHERE ${oauthGrants.id} = ${operations.grantId} AND ${oauthGrants.revokedAt} IS NULL))`;

/** Aborts the batch with `grant_ended` when the grant that announced the upload has ended. */
export function guardGrantLives(store: Store, { operationId }: Pick<UploadRow, "operationId">): Query {
  return guardThat(
    store.db,
    sql`EXISTS (SELECT 1 FROM ${operations} WHERE ${operations.ownerUserId} = ${store.ownerUserId} AND ${operations.id} = ${operationId} AND ${grantLives})`,
    "grant_ended",
  );
}

function withOperation(store: Store) {
  return store.db.build
    .select({
      upload: joined(productAssetUploads, "upload"),
      operation: joined(operations, "operation"),
      grantLives: grantLives.as("grant_lives"),
    })
    .from(productAssetUploads)
    .innerJoin(
      operations,
      and(
        eq(operations.ownerUserId, productAssetUploads.ownerUserId),
        eq(operations.id, productAssetUploads.operationId),
      ),
    );
}

export function insertUpload(store: Store, row: InferInsertModel<typeof productAssetUploads>): Query {
  return store.db.build.insert(productAssetUploads).values(row);
}

/** Ends an unfinished upload, or aborts the batch with `upload_moved` when it has ended already. */
export function endUpload(
  store: Store,
  id: string,
  change: { status: "stored_private" | "upload_abandoned"; updatedAt: number },
): Query[] {
  return [
    store.db.build
      .update(productAssetUploads)
      .set(change)
      .where(and(ofOwner(store), eq(productAssetUploads.id, id), eq(productAssetUploads.status, "upload_pending"))),
    guardChanged(store.db, "upload_moved"),
  ];
}

/** Aborts the batch with `stale_state` when the product moved, or no longer has the asset as a file. */
export function guardFileAsset(
  store: Store,
  product: InferSelectModel<typeof accessProducts>,
  assetId: string,
  kind: string,
): Query {
  return guardThat(
    store.db,
    sql`EXISTS (SELECT 1 FROM ${accessProducts} JOIN ${catalogAssets} ON ${catalogAssets.ownerUserId} = ${accessProducts.ownerUserId} AND ${catalogAssets.productId} = ${accessProducts.id}
      WHERE ${accessProducts.ownerUserId} = ${store.ownerUserId} AND ${accessProducts.id} = ${product.id} AND ${accessProducts.updatedAt} = ${product.updatedAt}
        AND ${catalogAssets.assetId} = ${assetId} AND ${catalogAssets.kind} = ${kind})`,
    "stale_state",
  );
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
