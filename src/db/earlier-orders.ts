import { and, desc, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import type { Rows } from "./database.ts";
import { publicIdOf } from "./offers.ts";
import { mayBePaid } from "./plan-obstacles.ts";
import { checkoutIntentLines, checkoutIntents } from "./schema/index.ts";
import type { OwnedDatabase, Store } from "./store.ts";
import { writtenOnce } from "./written-once.ts";

/** How long a payment counts as recent. */
const RECENT_MS = 24 * 3_600_000;
/** Orders that are told of at most. */
export const TOLD = 5;

/** What is bought: an offer, by the id that callers know or by an id of either kind, or a plan. */
type Bought = { readonly offerId: string } | { readonly eitherOfferId: string } | { readonly planSlug: string };

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
  const [thing, id] = theThing(bought);
  const now = store.clock.now();
  return {
    payable: thing.payable(store, actorId, id, now),
    recentlyPaid: thing.recentlyPaid(store, actorId, id, now - RECENT_MS),
  };
}

export type EarlierOrders = Rows<ReturnType<typeof earlierOrders>>;

/** The queries about one kind of thing that is bought, which is told from others by `isSame`. */
function queriesAbout(isSame: (store: OwnedDatabase, id: string) => SQL) {
  const { createdAt, paidAt, status } = checkoutIntents;
  const orders = (
    store: OwnedDatabase,
    { actorId, same, which, order }: { actorId: string; same: SQL; which: SQL | undefined; order: readonly SQL[] },
  ) =>
    store.db.build
      .select({
        id: checkoutIntents.id,
        status,
        createdAt,
        same: sql<number>`coalesce(${same}, 0)`.as("same"),
        // Nested, since a column that stands directly in a selected expression loses the name of its table.
        names: sql<string>`${names}`.as("names"),
      })
      .from(checkoutIntents)
      .where(and(eq(checkoutIntents.ownerUserId, store.ownerUserId), eq(checkoutIntents.actorId, actorId), which))
      .orderBy(...order)
      .limit(TOLD + 1);
  return {
    payable: writtenOnce((store: OwnedDatabase, actorId: string, id: string, now: number) => {
      const same = isSame(store, id);
      return orders(store, { actorId, same, which: mayBePaid(now), order: [desc(sql`same`), desc(createdAt)] });
    }),
    recentlyPaid: writtenOnce((store: OwnedDatabase, actorId: string, id: string, since: number) => {
      const same = isSame(store, id);
      const which = and(same, gt(paidAt, since), inArray(status, ["paid", "blocked", "disputed"]));
      return orders(store, { actorId, same, which, order: [desc(paidAt)] });
    }),
  };
}

const OFFER = queriesAbout((_, id) => eq(checkoutIntents.offerId, id));
const OFFER_BY_EITHER_ID = queriesAbout((store, id) => eq(checkoutIntents.offerId, publicIdOf(store, id)));
const PLAN = queriesAbout((_, slug) => eq(checkoutIntents.planSlug, slug));

function theThing(bought: Bought) {
  if ("planSlug" in bought) return [PLAN, bought.planSlug] as const;
  return "offerId" in bought
    ? ([OFFER, bought.offerId] as const)
    : ([OFFER_BY_EITHER_ID, bought.eitherOfferId] as const);
}
