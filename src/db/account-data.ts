import { and, asc, desc, eq, getTableColumns, sql } from "drizzle-orm";
import type { ListPosition } from "../base/list.ts";
import { statusShown } from "./entitlements.ts";
import { idsAmong } from "./ids-among.ts";
import {
  checkoutIntentLines,
  checkoutIntents,
  checkoutPostPurchaseDecisions,
  commerceProducts,
  confirmationAssertions,
  fileDownloads,
  operations,
  productEntitlements,
  stackOffers,
} from "./schema/index.ts";
import type { Store } from "./store.ts";

/** Rows that one part of a download of an account's data has. */
export const DATA_PAGE = 200;

/** A part of an account's orders, the newest first, with one row more where others follow. */
export function ordersForData(store: Store, userId: string, after: ListPosition | undefined) {
  const { ownerUserId, actorId, createdAt, id } = checkoutIntents;
  return store.db.build
    .select()
    .from(checkoutIntents)
    .where(
      and(
        eq(ownerUserId, store.ownerUserId),
        eq(actorId, userId),
        after && sql`(${createdAt}, ${id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(DATA_PAGE + 1);
}

/** What belongs to some orders: lines, access, answers and downloads, each with the name that a person reads. */
export function partsOfOrders(store: Store, ids: readonly string[]) {
  const { build } = store.db;
  const among = idsAmong(ids);
  const ofBusiness = store.ownerUserId;
  const productName = sql<string | null>`(SELECT ${commerceProducts.name} FROM ${commerceProducts}
    WHERE ${commerceProducts.ownerUserId} = ${ofBusiness}
      AND ${commerceProducts.id} = ${productEntitlements.sourceCommerceProductId})`.as("product_name");
  return {
    lines: build
      .select()
      .from(checkoutIntentLines)
      .where(
        and(eq(checkoutIntentLines.ownerUserId, ofBusiness), sql`${checkoutIntentLines.checkoutIntentId} IN ${among}`),
      )
      .orderBy(asc(checkoutIntentLines.checkoutIntentId), asc(checkoutIntentLines.position)),
    access: build
      .select({
        id: productEntitlements.id,
        checkoutIntentId: productEntitlements.checkoutIntentId,
        status: statusShown(store).as("status_shown"),
        grantedAt: productEntitlements.grantedAt,
        productName,
      })
      .from(productEntitlements)
      .where(
        and(eq(productEntitlements.ownerUserId, ofBusiness), sql`${productEntitlements.checkoutIntentId} IN ${among}`),
      )
      .orderBy(asc(productEntitlements.checkoutIntentId), asc(productEntitlements.id)),
    answers: build
      .select({
        checkoutIntentId: checkoutPostPurchaseDecisions.checkoutIntentId,
        decisionKind: checkoutPostPurchaseDecisions.decisionKind,
        createdAt: checkoutPostPurchaseDecisions.createdAt,
        offerName: sql<string | null>`(SELECT ${stackOffers.name} FROM ${stackOffers}
          WHERE ${stackOffers.ownerUserId} = ${ofBusiness}
            AND ${stackOffers.publicOfferId} = ${checkoutPostPurchaseDecisions.presentedOfferId})`.as("offer_name"),
      })
      .from(checkoutPostPurchaseDecisions)
      .where(
        and(
          eq(checkoutPostPurchaseDecisions.ownerUserId, ofBusiness),
          sql`${checkoutPostPurchaseDecisions.checkoutIntentId} IN ${among}`,
        ),
      )
      .orderBy(asc(checkoutPostPurchaseDecisions.createdAt)),
    // CROSS JOIN keeps the order of the tables: with few downloads the planner would scan them all.
    downloads: build
      .select(getTableColumns(fileDownloads))
      .from(sql`${among} AS asked`)
      .crossJoin(fileDownloads)
      .where(and(eq(fileDownloads.ownerUserId, ofBusiness), sql`${fileDownloads.checkoutIntentId} = asked.value`)),
  };
}

/** A part of an account's confirmed operations that succeeded, the newest first, with one row more where others follow. */
export function confirmationsForData(store: Store, userId: string, after: ListPosition | undefined) {
  const { ownerUserId, actorId, createdAt, id, status } = operations;
  return store.db.build
    .select({
      id,
      writeName: operations.writeName,
      confirmedText: operations.confirmedText,
      proof: operations.proof,
      createdAt,
      updatedAt: operations.updatedAt,
      hasAssertion: sql<number>`EXISTS (SELECT 1 FROM ${confirmationAssertions}
        WHERE ${confirmationAssertions.ownerUserId} = ${store.ownerUserId}
          AND ${confirmationAssertions.operationId} = ${id} AND ${confirmationAssertions.fileSealed} IS NOT NULL)`.as(
        "has_assertion",
      ),
    })
    .from(operations)
    .where(
      and(
        eq(ownerUserId, store.ownerUserId),
        eq(actorId, userId),
        eq(status, "succeeded"),
        after && sql`(${createdAt}, ${id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(DATA_PAGE + 1);
}
