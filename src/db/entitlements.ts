import { and, desc, eq, type InferSelectModel, sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { type ListPosition, PAGE_SIZE } from "../kernel/list.ts";
import { guardThat, type Query } from "./database.ts";
import { productEntitlements } from "./schema/index.ts";

export type EntitlementRow = InferSelectModel<typeof productEntitlements>;

const ofOwner = (ctx: Context) => eq(productEntitlements.ownerUserId, ctx.ownerUserId);

export function entitlementById(ctx: Context, id: string) {
  return ctx.db.build
    .select()
    .from(productEntitlements)
    .where(and(ofOwner(ctx), eq(productEntitlements.id, id)))
    .limit(1);
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
