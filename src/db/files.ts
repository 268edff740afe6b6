import { and, asc, desc, eq, inArray, sql } from "drizzle-orm";
import type { IntentRow } from "./checkouts.ts";
import type { Query } from "./database.ts";
import { type EntitlementRow, statusShown } from "./entitlements.ts";
import { joined } from "./joined.ts";
import {
  accessProducts,
  catalogAssets,
  checkoutIntents,
  commerceProducts,
  fileDownloads,
  productAssetUploads,
  productEntitlements,
  productFulfillmentTasks,
} from "./schema/index.ts";
import type { OwnedDatabase, Store } from "./store.ts";
import type { UploadRow } from "./uploads.ts";

/** Entitlements that one page shows at most; older ones stand on the page of their order. */
export const HOLDINGS_SHOWN = 50;

/** Whose entitlements are meant: those of an account, or what one order gave. */
export type Holder =
  | { readonly kind: "account"; readonly userId: string }
  | { readonly kind: "order"; readonly checkoutIntentId: string };

/** A file as an entitlement reaches it. */
export type FileRow = Awaited<ReturnType<typeof fileOf>>[number];
/** An entitlement as its holder sees it. */
export type HoldingRow = Awaited<ReturnType<typeof holdingsOf>>[number];

const heldBy = (store: Store, holder: Holder) =>
  and(
    eq(productEntitlements.ownerUserId, store.ownerUserId),
    holder.kind === "account"
      ? eq(productEntitlements.buyerUserId, holder.userId)
      : eq(productEntitlements.checkoutIntentId, holder.checkoutIntentId),
  );

/** The upload that an asset's holders get: the newest one that is stored. */
const newestStored = sql`(SELECT newest.id FROM ${productAssetUploads} AS newest
  WHERE newest.owner_user_id = ${catalogAssets.ownerUserId} AND newest.product_id = ${catalogAssets.productId}
    AND newest.asset_id = ${catalogAssets.assetId} AND newest.status = 'stored_private'
  ORDER BY newest.created_at DESC, newest.id DESC LIMIT 1)`;

const isNewestStored = and(
  eq(productAssetUploads.ownerUserId, catalogAssets.ownerUserId),
  eq(productAssetUploads.id, newestStored),
);

const storedStatus = sql<EntitlementRow["status"]>`${productEntitlements.status}`.as("stored_status");
const checkoutStatus = sql<IntentRow["status"]>`${checkoutIntents.status}`.as("checkout_status");

const isDelivered = and(
  eq(accessProducts.ownerUserId, productEntitlements.ownerUserId),
  eq(accessProducts.id, productEntitlements.productId),
  eq(accessProducts.deliveryEnabled, 1),
);

const ofIntent = and(
  eq(checkoutIntents.ownerUserId, productEntitlements.ownerUserId),
  eq(checkoutIntents.id, productEntitlements.checkoutIntentId),
);

/**
 * The file that an entitlement of this holder reaches, with the entitlement's status as it is told. No row for a foreign or
 * unknown entitlement, an asset of another product or kind, a product without delivery, and a file that is not stored.
 */
export function fileOf(store: Store, holder: Holder, { entitlementId, assetId }: FileIds) {
  return (
    store.db.build
      .select({
        status: statusShown(store).as("status_shown"),
        storedStatus,
        checkoutIntentId: productEntitlements.checkoutIntentId,
        checkoutStatus,
        lastDownloadAt: sql<number | null>`${fileDownloads.lastAt}`.as("last_download_at"),
        upload: joined(productAssetUploads, "upload"),
      })
      .from(productEntitlements)
      // Cross joins keep this order: whatever the statistics say, one row of each table is read.
      .crossJoin(checkoutIntents)
      .crossJoin(accessProducts)
      .crossJoin(catalogAssets)
      .crossJoin(productAssetUploads)
      .leftJoin(
        fileDownloads,
        and(
          eq(fileDownloads.ownerUserId, productEntitlements.ownerUserId),
          eq(fileDownloads.entitlementId, productEntitlements.id),
          eq(fileDownloads.assetId, catalogAssets.assetId),
        ),
      )
      .where(
        and(
          heldBy(store, holder),
          eq(productEntitlements.id, entitlementId),
          ofIntent,
          isDelivered,
          eq(catalogAssets.ownerUserId, accessProducts.ownerUserId),
          eq(catalogAssets.productId, accessProducts.id),
          eq(catalogAssets.assetId, assetId),
          eq(catalogAssets.kind, "file"),
          isNewestStored,
        ),
      )
      .limit(1)
  );
}

/** A file by the entitlement that reaches it. */
export interface FileIds {
  readonly entitlementId: string;
  readonly assetId: string;
}

/** The newest entitlements of a holder, with the name of the product and the state of the order. */
export function holdingsOf(store: Store, holder: Holder) {
  const { grantedAt } = productEntitlements;
  // `+`: the few rows of an order are sorted, and not sought in the index of all grants by time.
  const newestFirst = holder.kind === "account" ? desc(grantedAt) : sql`+${grantedAt} DESC`;
  return store.db.build
    .select({
      id: productEntitlements.id,
      checkoutIntentId: productEntitlements.checkoutIntentId,
      productId: productEntitlements.productId,
      grantedAt: productEntitlements.grantedAt,
      status: statusShown(store).as("status_shown"),
      storedStatus,
      productName: sql<string | null>`${commerceProducts.name}`.as("product_name"),
      checkoutStatus,
      stripeMode: checkoutIntents.stripeMode,
      task: joined(productFulfillmentTasks, "task"),
    })
    .from(productEntitlements)
    .crossJoin(checkoutIntents)
    .leftJoin(
      commerceProducts,
      and(
        eq(commerceProducts.ownerUserId, productEntitlements.ownerUserId),
        eq(commerceProducts.id, productEntitlements.sourceCommerceProductId),
      ),
    )
    .leftJoin(
      productFulfillmentTasks,
      and(
        eq(productFulfillmentTasks.ownerUserId, productEntitlements.ownerUserId),
        eq(productFulfillmentTasks.entitlementId, productEntitlements.id),
      ),
    )
    .where(and(heldBy(store, holder), ofIntent))
    .orderBy(newestFirst, desc(productEntitlements.id))
    .limit(HOLDINGS_SHOWN);
}

/** The files of some products that deliver them, each with its newest stored upload; null where none is stored yet. */
export function filesOfProducts(store: Store, productIds: readonly string[]) {
  return store.db.build
    .select({
      productId: sql<string>`${catalogAssets.productId}`.as("asset_product_id"),
      assetId: sql<string>`${catalogAssets.assetId}`.as("asset_asset_id"),
      fileName: sql<UploadRow["fileName"] | null>`${productAssetUploads.fileName}`.as("file_name"),
      byteCount: sql<UploadRow["byteCount"] | null>`${productAssetUploads.byteCount}`.as("byte_count"),
    })
    .from(catalogAssets)
    .crossJoin(accessProducts)
    .leftJoin(productAssetUploads, isNewestStored)
    .where(
      and(
        eq(catalogAssets.ownerUserId, store.ownerUserId),
        inArray(catalogAssets.productId, [...productIds]),
        eq(catalogAssets.kind, "file"),
        eq(accessProducts.ownerUserId, catalogAssets.ownerUserId),
        eq(accessProducts.id, catalogAssets.productId),
        eq(accessProducts.deliveryEnabled, 1),
      ),
    )
    .orderBy(asc(catalogAssets.productId), asc(catalogAssets.assetId));
}

/** Counts a download that begins. */
export function countDownload(
  store: OwnedDatabase,
  ids: FileIds & { readonly checkoutIntentId: string },
  now: number,
): Query {
  return store.db.build
    .insert(fileDownloads)
    .values({ ownerUserId: store.ownerUserId, ...ids, downloads: 1, firstAt: now, lastAt: now })
    .onConflictDoUpdate({
      target: [fileDownloads.ownerUserId, fileDownloads.entitlementId, fileDownloads.assetId],
      set: { downloads: sql`${fileDownloads.downloads} + 1`, lastAt: sql`max(${fileDownloads.lastAt}, ${now})` },
    });
}

/** True in SQL where no download of the file by the entitlement began since a time. */
export const isFirstDownloadSince = (
  store: Pick<Store, "ownerUserId">,
  { entitlementId, assetId }: FileIds,
  since: number,
) =>
  sql`NOT EXISTS (SELECT 1 FROM ${fileDownloads} WHERE ${fileDownloads.ownerUserId} = ${store.ownerUserId}
    AND ${fileDownloads.entitlementId} = ${entitlementId} AND ${fileDownloads.assetId} = ${assetId}
    AND ${fileDownloads.lastAt} >= ${since})`;
