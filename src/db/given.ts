import { and, eq, sql } from "drizzle-orm";
import { statusShown } from "./entitlements.ts";
import {
  accessProducts,
  commerceProducts,
  productAssetUploads,
  productEntitlements,
  productFulfillmentTasks,
} from "./schema/index.ts";
import type { TASK_STATUSES } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

/** What an order gives access to now, by the names of its products, with its task, and whether a file of it can be downloaded. */
export function givenByOrder(store: Store, checkoutIntentId: string) {
  const { ownerUserId, productId, id } = productEntitlements;
  const hasFile = sql<number>`EXISTS (SELECT 1 FROM ${accessProducts} JOIN ${productAssetUploads}
    ON ${productAssetUploads.ownerUserId} = ${accessProducts.ownerUserId} AND ${productAssetUploads.productId} = ${accessProducts.id}
    WHERE ${accessProducts.ownerUserId} = ${ownerUserId} AND ${accessProducts.id} = ${productId}
    AND ${accessProducts.deliveryEnabled} = 1 AND ${productAssetUploads.status} = 'stored_private')`;
  const taskStatus = sql<(typeof TASK_STATUSES)[number] | null>`(SELECT ${productFulfillmentTasks.status}
    FROM ${productFulfillmentTasks} WHERE ${productFulfillmentTasks.ownerUserId} = ${ownerUserId}
    AND ${productFulfillmentTasks.entitlementId} = ${id})`;
  return store.db.build
    .select({ name: commerceProducts.name, hasFile: hasFile.as("has_file"), taskStatus: taskStatus.as("task_status") })
    .from(productEntitlements)
    .innerJoin(
      commerceProducts,
      and(
        eq(commerceProducts.ownerUserId, ownerUserId),
        eq(commerceProducts.id, productEntitlements.sourceCommerceProductId),
      ),
    )
    .where(
      and(
        eq(ownerUserId, store.ownerUserId),
        eq(productEntitlements.checkoutIntentId, checkoutIntentId),
        sql`${statusShown(store)} = 'active'`,
      ),
    )
    .orderBy(id);
}
