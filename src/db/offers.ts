import { and, asc, eq, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { guardThat, type Query } from "./database.ts";
import { joined } from "./joined.ts";
import type { BusinessRow } from "./operations.ts";
import { businesses, commercePrices, commerceProducts, offerStacks, stackOffers } from "./schema/index.ts";
import type { Store } from "./store.ts";

const offerParts = {
  offer: joined(stackOffers, "offer"),
  price: joined(commercePrices, "price"),
  product: joined(commerceProducts, "product"),
  stack: joined(offerStacks, "stack"),
};

/** An offer with its price, product and stack. */
export type OfferRow = Awaited<ReturnType<typeof offerByPublicId>>[number];

function offersJoined(store: Store) {
  return store.db.build
    .select(offerParts)
    .from(stackOffers)
    .innerJoin(
      commercePrices,
      and(eq(commercePrices.ownerUserId, stackOffers.ownerUserId), eq(commercePrices.id, stackOffers.priceId)),
    )
    .innerJoin(
      commerceProducts,
      and(eq(commerceProducts.ownerUserId, stackOffers.ownerUserId), eq(commerceProducts.id, stackOffers.productId)),
    )
    .innerJoin(
      offerStacks,
      and(eq(offerStacks.ownerUserId, stackOffers.ownerUserId), eq(offerStacks.id, stackOffers.offerStackId)),
    );
}

/** The primary offer under the id that callers know. */
export function offerByPublicId(store: Store, publicOfferId: string) {
  return offersJoined(store)
    .where(
      and(
        eq(stackOffers.ownerUserId, store.ownerUserId),
        eq(stackOffers.publicOfferId, publicOfferId),
        eq(stackOffers.role, "primary"),
      ),
    )
    .limit(1);
}

/** The order bumps that stand beside a primary offer, in the order they are shown. */
export function bumpsBeside(store: Store, publicOfferId: string) {
  const primary = alias(stackOffers, "primary_offer");
  return offersJoined(store)
    .innerJoin(
      primary,
      and(eq(primary.ownerUserId, stackOffers.ownerUserId), eq(primary.offerStackId, stackOffers.offerStackId)),
    )
    .where(
      and(
        eq(primary.ownerUserId, store.ownerUserId),
        eq(primary.publicOfferId, publicOfferId),
        eq(primary.role, "primary"),
        eq(stackOffers.role, "order_bump"),
      ),
    )
    .orderBy(asc(stackOffers.position));
}

/** The version of an offer: the newest of the rows that its texts and totals are made of. */
export function offerVersion(offer: OfferRow, bumps: readonly OfferRow[], businessUpdatedAt: number): number {
  const rows = [offer, ...bumps].flatMap((row) => [row.offer.updatedAt, row.price.updatedAt, row.stack.updatedAt]);
  return Math.max(businessUpdatedAt, ...rows);
}

/**
 * Aborts the batch with `stale_state` when a row behind the offer is no longer as it was read.
 * It compares each row, since a change of one row may leave `offerVersion` as it was: that is the newest version of them.
 */
export function guardOfferUnchanged(
  store: Store,
  { offer, price, product, stack }: OfferRow,
  business: BusinessRow,
): Query {
  const same = sql`SELECT 1 FROM ${stackOffers}
    JOIN ${commercePrices} ON ${commercePrices.ownerUserId} = ${stackOffers.ownerUserId} AND ${commercePrices.id} = ${stackOffers.priceId}
    JOIN ${commerceProducts} ON ${commerceProducts.ownerUserId} = ${stackOffers.ownerUserId} AND ${commerceProducts.id} = ${stackOffers.productId}
    JOIN ${offerStacks} ON ${offerStacks.ownerUserId} = ${stackOffers.ownerUserId} AND ${offerStacks.id} = ${stackOffers.offerStackId}
    JOIN ${businesses} ON ${businesses.ownerUserId} = ${stackOffers.ownerUserId}
    WHERE ${stackOffers.ownerUserId} = ${store.ownerUserId} AND ${stackOffers.id} = ${offer.id}
      AND ${stackOffers.updatedAt} = ${offer.updatedAt} AND ${offerStacks.updatedAt} = ${stack.updatedAt}
      AND ${commercePrices.updatedAt} = ${price.updatedAt} AND ${commercePrices.active} = 1
      AND ${commerceProducts.status} = ${product.status} AND ${businesses.updatedAt} = ${business.updatedAt}`;
  return guardThat(store.db, sql`EXISTS (${same})`, "stale_state");
}
