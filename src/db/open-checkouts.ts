import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { boundGuard } from "../base/bounds.ts";
import { guardThat, type Query } from "./database.ts";
import { mayBePaid } from "./plan-obstacles.ts";
import { checkoutIntents } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** The checkouts of an account that a buyer can still pay or that are being made, the oldest first; at most the bound. */
export function openCheckouts(store: Store, actorId: string) {
  const { id, ownerUserId, actorId: starter, status, createdAt } = checkoutIntents;
  return store.db.build
    .select({ id })
    .from(checkoutIntents)
    .where(
      and(
        eq(ownerUserId, store.ownerUserId),
        eq(starter, actorId),
        mayBePaid(store),
        inArray(status, ["created", "open"]),
      ),
    )
    .orderBy(asc(createdAt))
    .limit(store.accountBounds.openCheckouts);
}

/** Refuses the batch where the account has as many open checkouts as it may have. */
export function guardOpenCheckouts(store: Store, actorId: string): Query {
  const open = openCheckouts(store, actorId);
  return guardThat(
    store.db,
    sql`(SELECT count(*) FROM ${open}) < ${store.accountBounds.openCheckouts}`,
    boundGuard("openCheckouts"),
  );
}
