import { and, asc, desc, eq, type InferSelectModel, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import type { Context } from "../kernel/context.ts";
import { guardThat, type Query } from "./database.ts";
import { checkoutIntentLines, checkoutIntents, commerceProducts, productEntitlements } from "./schema/index.ts";

export type EntitlementRow = InferSelectModel<typeof productEntitlements>;

const ofOwner = (ctx: Context) => eq(productEntitlements.ownerUserId, ctx.ownerUserId);

export function entitlementById(ctx: Context, id: string) {
  return ctx.db.build
    .select()
    .from(productEntitlements)
    .where(and(ofOwner(ctx), eq(productEntitlements.id, id)))
    .limit(1);
}

/** What an entitlement was bought with: every line of its checkout, when, and the product that gives it by name. */
export function purchaseOf(ctx: Context, id: string) {
  const { ownerUserId, checkoutIntentId, sourceCommerceProductId } = productEntitlements;
  return ctx.db.build
    .select({
      name: checkoutIntentLines.name,
      boughtAt: sql<number>`${checkoutIntents.createdAt}`.as("bought_at"),
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
    .where(and(ofOwner(ctx), eq(productEntitlements.id, id)))
    .orderBy(asc(checkoutIntentLines.position));
}

/** A page of entitlements, the latest grant first. */
export function entitlementsPage(ctx: Context, after: ListPosition | undefined) {
  const { grantedAt, id } = productEntitlements;
  return ctx.db.build
    .select()
    .from(productEntitlements)
    .where(and(ofOwner(ctx), after && sql`(${grantedAt}, ${id}) < (${after.createdAt}, ${after.id})`))
    .orderBy(desc(grantedAt), desc(id))
    .limit(PAGE_SIZE + 1);
}

/** Aborts the batch with `stale_state` when the entitlement is no longer as it was read. Nothing of ours changes it. */
export function guardEntitlementUnmoved(ctx: Context, { id, updatedAt }: EntitlementRow): Query {
  return guardThat(
    ctx.db,
    sql`EXISTS (SELECT 1 FROM ${productEntitlements} WHERE ${productEntitlements.ownerUserId} = ${ctx.ownerUserId}
      AND ${productEntitlements.id} = ${id} AND ${productEntitlements.updatedAt} = ${updatedAt})`,
    "stale_state",
  );
}
