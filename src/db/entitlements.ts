import { and, asc, desc, eq, getTableColumns, type InferSelectModel, type SQL, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { guardThat, type Query } from "./database.ts";
import { checkoutIntentLines, checkoutIntents, commerceProducts, productEntitlements } from "./schema/index.ts";
import { wantedOf } from "./sold-mode.ts";
import type { Store } from "./store.ts";

export type EntitlementRow = InferSelectModel<typeof productEntitlements>;

/**
 * The status of an entitlement as it is told: one of a test is over while its offer is sold live, also before a report of
 * Stripe's moves its row.
 */
export function statusShown(store: Store): SQL<EntitlementRow["status"]> {
  const { status, ownerUserId, checkoutIntentId } = productEntitlements;
  if (store.maxMode !== "live") return sql`${status}`;
  const wantedOfTest = sql`(SELECT ${wantedOf(store, checkoutIntents.planSlug, checkoutIntents.offerId)} FROM ${checkoutIntents}
    WHERE ${checkoutIntents.ownerUserId} = ${ownerUserId} AND ${checkoutIntents.id} = ${checkoutIntentId}
      AND ${checkoutIntents.stripeMode} = 'sandbox')`;
  return sql`CASE WHEN ${wantedOfTest} = 'live' THEN 'inactive' ELSE ${status} END`;
}

/** The columns of an entitlement as it is told. */
export const entitlementShown = (store: Store) => ({
  ...getTableColumns(productEntitlements),
  status: statusShown(store).as("status_shown"),
});

const ofOwner = (store: Store) => eq(productEntitlements.ownerUserId, store.ownerUserId);

export function entitlementById(store: Store, id: string) {
  return store.db.build
    .select(entitlementShown(store))
    .from(productEntitlements)
    .where(and(ofOwner(store), eq(productEntitlements.id, id)))
    .limit(1);
}

/** The purchase behind an entitlement: the lines of its checkout, its time, mode and amount, and the name of its product. */
export function purchaseOf(store: Store, id: string) {
  const { ownerUserId, checkoutIntentId, sourceCommerceProductId } = productEntitlements;
  return store.db.build
    .select({
      name: checkoutIntentLines.name,
      boughtAt: sql<number>`${checkoutIntents.createdAt}`.as("bought_at"),
      stripeMode: checkoutIntents.stripeMode,
      amountCents: checkoutIntents.amountCents,
      currency: sql<string>`${checkoutIntents.currency}`.as("intent_currency"),
      taxBehavior: checkoutIntents.taxBehavior,
      taxCents: checkoutIntents.taxCents,
      productName: sql<string | null>`${commerceProducts.name}`.as("product_name"),
    })
    .from(productEntitlements)
    .innerJoin(
      checkoutIntents,
      and(eq(checkoutIntents.ownerUserId, ownerUserId), eq(checkoutIntents.id, checkoutIntentId)),
    )
    .innerJoin(
      checkoutIntentLines,
      and(eq(checkoutIntentLines.ownerUserId, ownerUserId), eq(checkoutIntentLines.checkoutIntentId, checkoutIntentId)),
    )
    .leftJoin(
      commerceProducts,
      and(eq(commerceProducts.ownerUserId, ownerUserId), eq(commerceProducts.id, sourceCommerceProductId)),
    )
    .where(and(ofOwner(store), eq(productEntitlements.id, id)))
    .orderBy(asc(checkoutIntentLines.position));
}

/** A page of entitlements, the latest grant first. */
export function entitlementsPage(store: Store, after: ListPosition | undefined) {
  const { grantedAt, id } = productEntitlements;
  return store.db.build
    .select({
      ...entitlementShown(store),
      productName: sql<string | null>`${commerceProducts.name}`.as("product_name"),
    })
    .from(productEntitlements)
    .leftJoin(
      commerceProducts,
      and(
        eq(commerceProducts.ownerUserId, productEntitlements.ownerUserId),
        eq(commerceProducts.id, productEntitlements.sourceCommerceProductId),
      ),
    )
    .where(and(ofOwner(store), after && sql`(${grantedAt}, ${id}) < (${after.createdAt}, ${after.id})`))
    .orderBy(desc(grantedAt), desc(id))
    .limit(PAGE_SIZE + 1);
}

/** Aborts the batch with `stale_state` when the entitlement has changed since it was read. Only Stripe's reports change it. */
export function guardEntitlementUnchanged(store: Store, { id, updatedAt }: EntitlementRow): Query {
  return guardThat(
    store.db,
    sql`EXISTS (SELECT 1 FROM ${productEntitlements} WHERE ${productEntitlements.ownerUserId} = ${store.ownerUserId}
      AND ${productEntitlements.id} = ${id} AND ${productEntitlements.updatedAt} = ${updatedAt})`,
    "stale_state",
  );
}
