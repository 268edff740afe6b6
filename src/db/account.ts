import { and, asc, desc, eq, inArray, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { checkoutIntentLines, operations, productEntitlements } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** What was bought in some checkouts. */
export function linesOfCheckouts(store: Store, ids: readonly string[]) {
  return store.db.build
    .select()
    .from(checkoutIntentLines)
    .where(
      and(
        eq(checkoutIntentLines.ownerUserId, store.ownerUserId),
        inArray(checkoutIntentLines.checkoutIntentId, [...ids]),
      ),
    )
    .orderBy(asc(checkoutIntentLines.checkoutIntentId), asc(checkoutIntentLines.position));
}

/** What some checkouts give access to. */
export function accessOfCheckouts(store: Store, ids: readonly string[]) {
  return store.db.build
    .select()
    .from(productEntitlements)
    .where(
      and(
        eq(productEntitlements.ownerUserId, store.ownerUserId),
        inArray(productEntitlements.checkoutIntentId, [...ids]),
      ),
    )
    .orderBy(asc(productEntitlements.productId));
}

/** A page of a person's operations that succeeded, the newest first: each has a receipt. */
export function succeededPage(store: Store, actorId: string, after: ListPosition | undefined) {
  return store.db.build
    .select()
    .from(operations)
    .where(
      and(
        eq(operations.ownerUserId, store.ownerUserId),
        eq(operations.actorId, actorId),
        eq(operations.status, "succeeded"),
        after && sql`(${operations.createdAt}, ${operations.id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(operations.createdAt), desc(operations.id))
    .limit(PAGE_SIZE + 1);
}
