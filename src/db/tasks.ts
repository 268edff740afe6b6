import { and, asc, desc, eq, ne, or, type SQL, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { nextVersion } from "../base/time.ts";
import { guardChanged, guardThat, type Query } from "./database.ts";
import type { EntitlementRow } from "./entitlements.ts";
import { joined } from "./joined.ts";
import { personOfOrder } from "./orders.ts";
import {
  checkoutIntents,
  commerceProducts,
  productEntitlements,
  productFulfillmentTasks,
  user,
} from "./schema/index.ts";
import type { CHECKOUT_STATUSES, TaskStatus } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

/** A task as the owner's list shows it. */
export type ListedTask = Awaited<ReturnType<typeof tasksPage>>[number];

const { ownerUserId, id, status, createdAt, entitlementId, checkoutIntentId } = productFulfillmentTasks;

/** The tasks with what they are for and whose they are, narrowed by a condition. */
function tasks(store: Store, where: SQL | undefined) {
  return store.db.build
    .select({
      task: joined(productFulfillmentTasks, "task"),
      entitlementStatus: sql<EntitlementRow["status"]>`${productEntitlements.status}`.as("entitlement_status"),
      productName: sql<string | null>`${commerceProducts.name}`.as("product_name"),
      checkoutStatus: sql<(typeof CHECKOUT_STATUSES)[number]>`${checkoutIntents.status}`.as("checkout_status"),
      ...personOfOrder,
    })
    .from(productFulfillmentTasks)
    .innerJoin(
      productEntitlements,
      and(eq(productEntitlements.ownerUserId, ownerUserId), eq(productEntitlements.id, entitlementId)),
    )
    .innerJoin(
      checkoutIntents,
      and(eq(checkoutIntents.ownerUserId, ownerUserId), eq(checkoutIntents.id, checkoutIntentId)),
    )
    .leftJoin(
      commerceProducts,
      and(
        eq(commerceProducts.ownerUserId, ownerUserId),
        eq(commerceProducts.id, productEntitlements.sourceCommerceProductId),
      ),
    )
    .leftJoin(user, eq(user.id, checkoutIntents.actorId))
    .where(and(eq(ownerUserId, store.ownerUserId), where));
}

/** A page of the tasks of one status, the newest first; those to do begin with the oldest, which waits longest. */
export function tasksPage(store: Store, of: TaskStatus, after: ListPosition | undefined) {
  const oldestFirst = of === "queued" || of === "active";
  const comes = oldestFirst ? sql`>` : sql`<`;
  const order = oldestFirst ? asc : desc;
  return tasks(
    store,
    and(eq(status, of), after && sql`(${createdAt}, ${id}) ${comes} (${after.createdAt}, ${after.id})`),
  )
    .orderBy(order(createdAt), order(id))
    .limit(PAGE_SIZE + 1);
}

/** One task; no row for an unknown id and for that of another business. */
export const taskById = (store: Store, taskId: string) => tasks(store, eq(id, taskId)).limit(1);

/** The tasks to do, counted up to a limit. */
export function openTasks(store: Store, limit: number) {
  return store.db.build
    .select({ id })
    .from(productFulfillmentTasks)
    .where(and(eq(ownerUserId, store.ownerUserId), or(eq(status, "queued"), eq(status, "active"))))
    .limit(limit);
}

/** Sets the status of a task as it was read; aborts with `stale_state` when it or its access has changed since. */
export function putTask(store: Store, { task, entitlementStatus }: ListedTask, to: TaskStatus, now: number): Query[] {
  return [
    store.db.build
      .update(productFulfillmentTasks)
      .set({ status: to, updatedAt: nextVersion(task.updatedAt, now) })
      .where(
        and(
          eq(ownerUserId, store.ownerUserId),
          eq(id, task.id),
          eq(status, task.status),
          eq(productFulfillmentTasks.updatedAt, task.updatedAt),
        ),
      ),
    guardChanged(store.db, "stale_state"),
    guardThat(
      store.db,
      sql`EXISTS (SELECT 1 FROM ${productEntitlements} WHERE ${productEntitlements.ownerUserId} = ${store.ownerUserId}
        AND ${productEntitlements.id} = ${task.entitlementId} AND ${productEntitlements.status} = ${entitlementStatus})`,
      "stale_state",
    ),
  ];
}

/**
 * Lets the task of an entitlement follow it: paused when the access ends, to do again when it comes back. What a person has
 * done stays done. A later version than any form has shown.
 */
export function followEntitlement(store: Store, ofEntitlement: string, active: boolean, at: number): Query {
  return store.db.build
    .update(productFulfillmentTasks)
    .set({
      status: active ? "queued" : "paused",
      updatedAt: sql`max(${productFulfillmentTasks.updatedAt} + 1, ${at})`,
    })
    .where(and(eq(ownerUserId, store.ownerUserId), eq(entitlementId, ofEntitlement), ne(status, "done")));
}
