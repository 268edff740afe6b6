import { and, desc, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import type { Rows } from "./database.ts";
import { mayBePaid } from "./plan-obstacles.ts";
import { checkoutIntentLines, checkoutIntents } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** How long a payment counts as recent. */
const RECENT_MS = 24 * 3_600_000;
/** Orders that are told of at most. */
export const TOLD = 5;

/** What is bought: an offer, by the id that callers know, or a plan. */
type Bought = { readonly offerId: string | SQL<string> } | { readonly planSlug: string };

/** The lines' names as JSON, in their order. */
const names = sql`(SELECT json_group_array(${checkoutIntentLines.name}) FROM ${checkoutIntentLines}
  WHERE ${checkoutIntentLines.ownerUserId} = ${checkoutIntents.ownerUserId}
  AND ${checkoutIntentLines.checkoutIntentId} = ${checkoutIntents.id})`;

/**
 * The orders that a person who buys something should know of: checkouts that may still be paid, those of the same thing
 * first, and payments for the same thing within the last day. Each list has one row more than are told of, since one may
 * be the order itself.
 */
export function earlierOrders(store: Store, actorId: string, bought: Bought) {
  const { offerId, planSlug, createdAt, paidAt, status } = checkoutIntents;
  const isSame = "offerId" in bought ? eq(offerId, bought.offerId) : eq(planSlug, bought.planSlug);
  const orders = (condition: SQL | undefined, ...order: SQL[]) =>
    store.db.build
      .select({
        id: checkoutIntents.id,
        status,
        createdAt,
        same: sql<number>`coalesce(${isSame}, 0)`.as("same"),
        // Nested, since a column that stands directly in a selected expression loses the name of its table.
        names: sql<string>`${names}`.as("names"),
      })
      .from(checkoutIntents)
      .where(and(eq(checkoutIntents.ownerUserId, store.ownerUserId), eq(checkoutIntents.actorId, actorId), condition))
      .orderBy(...order)
      .limit(TOLD + 1);
  const recent = gt(paidAt, store.clock.now() - RECENT_MS);
  return {
    payable: orders(mayBePaid(store), desc(sql`same`), desc(createdAt)),
    recentlyPaid: orders(and(isSame, recent, inArray(status, ["paid", "blocked", "disputed"])), desc(paidAt)),
  };
}

export type EarlierOrders = Rows<ReturnType<typeof earlierOrders>>;
