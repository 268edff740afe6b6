import { and, asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { alias, type SQLiteColumn } from "drizzle-orm/sqlite-core";
import { type ListPlace, PAGE_SIZE } from "../base/list.ts";
import { guardThat, type Query } from "./database.ts";
import { joined } from "./joined.ts";
import type { BusinessRow } from "./operations.ts";
import { businesses, commercePrices, commerceProducts, offerStacks, stackOffers } from "./schema/index.ts";
import type { OwnedDatabase, Store } from "./store.ts";
import { writtenOnce } from "./written-once.ts";

const offerParts = {
  offer: joined(stackOffers, "offer"),
  price: joined(commercePrices, "price"),
  product: joined(commerceProducts, "product"),
  stack: joined(offerStacks, "stack"),
};

/** Joins an offer to its price. */
export const OFFER_PRICE = and(
  eq(commercePrices.ownerUserId, stackOffers.ownerUserId),
  eq(commercePrices.id, stackOffers.priceId),
);

/** Joins an offer to its product. */
const OFFER_PRODUCT = and(
  eq(commerceProducts.ownerUserId, stackOffers.ownerUserId),
  eq(commerceProducts.id, stackOffers.productId),
);

/** An offer with its price, product and stack. */
export type OfferRow = Awaited<ReturnType<typeof offerByEitherId>>[number];

/** The offers that the files of the business have. */
function offersJoined(store: Pick<Store, "db">) {
  return store.db.build
    .select(offerParts)
    .from(stackOffers)
    .innerJoin(commercePrices, OFFER_PRICE)
    .innerJoin(commerceProducts, OFFER_PRODUCT)
    .innerJoin(
      offerStacks,
      and(
        eq(offerStacks.ownerUserId, stackOffers.ownerUserId),
        eq(offerStacks.id, stackOffers.offerStackId),
        eq(stackOffers.withdrawn, 0),
      ),
    );
}

/** The statuses of a product whose offers are on sale. */
const ON_SALE = ["sandbox", "sandbox_live", "live"] as const;

/** Whether an offer or bump can be bought. */
export function isOnSale({ price, product }: { price: { active: number }; product: { status: string } }): boolean {
  return price.active === 1 && ON_SALE.some((status) => status === product.status);
}

/** The id that callers know of the offer that has this id, as its public id or as the stack's own; null for an unknown one. */
export function publicIdOf(store: Pick<Store, "ownerUserId">, eitherId: string): SQL<string> {
  const found = (column: SQLiteColumn) => sql`(SELECT ${stackOffers.publicOfferId} FROM ${stackOffers}
    WHERE ${stackOffers.ownerUserId} = ${store.ownerUserId} AND ${column} = ${eitherId})`;
  return sql<string>`coalesce(${found(stackOffers.publicOfferId)}, ${found(stackOffers.id)})`;
}

/** The primary offer that has this id, as its public id or as the stack's own. */
export const offerByEitherId = writtenOnce((store: OwnedDatabase, eitherId: string) =>
  offersJoined(store)
    .where(
      and(
        eq(stackOffers.ownerUserId, store.ownerUserId),
        eq(stackOffers.publicOfferId, publicIdOf(store, eitherId)),
        eq(stackOffers.role, "primary"),
      ),
    )
    .limit(1),
);

/**
 * A page of the primary offers on sale, in catalog order, and one more. The bumps take part in the version of an offer:
 * `bumpsUpdatedAt` is the newest of their rows, 0 without bumps.
 */
export function offersPage(store: Store, after: ListPlace | undefined, size: number = PAGE_SIZE) {
  const { ownerUserId } = store;
  return (
    store.db.build
      .select({ ...offerParts, bumpsUpdatedAt: sql<number>`${bumpsUpdatedAt}`.as("bumps_updated_at") })
      // The order of the joins is that of the list, so that both indexes give it: no row of an earlier page is read.
      .from(offerStacks)
      .crossJoin(stackOffers)
      .innerJoin(commercePrices, OFFER_PRICE)
      .innerJoin(commerceProducts, OFFER_PRODUCT)
      .where(
        and(
          eq(offerStacks.ownerUserId, ownerUserId),
          eq(stackOffers.ownerUserId, ownerUserId),
          eq(stackOffers.offerStackId, offerStacks.id),
          eq(stackOffers.role, "primary"),
          eq(stackOffers.withdrawn, 0),
          eq(commercePrices.active, 1),
          inArray(commerceProducts.status, [...ON_SALE]),
          after && standsAfter(store, after),
        ),
      )
      .orderBy(asc(offerStacks.position), asc(offerStacks.id), asc(stackOffers.position), asc(stackOffers.id))
      .limit(size + 1)
  );
}

const bumps = alias(stackOffers, "bump");
const bumpPrices = alias(commercePrices, "bump_price");
// Named, since the planner knows no sizes and would take the primary key, which is a scan of every offer.
const bumpsUpdatedAt = sql`coalesce((SELECT max(max(${bumps.updatedAt}, ${bumpPrices.updatedAt}))
  FROM ${stackOffers} AS "bump" INDEXED BY stack_offers_position CROSS JOIN ${commercePrices} AS "bump_price"
    ON ${bumpPrices.ownerUserId} = ${bumps.ownerUserId} AND ${bumpPrices.id} = ${bumps.priceId}
  WHERE ${bumps.ownerUserId} = ${stackOffers.ownerUserId} AND ${bumps.offerStackId} = ${stackOffers.offerStackId}
    AND ${bumps.role} = 'order_bump' AND ${bumps.withdrawn} = 0), 0)`;

const lastOffer = alias(stackOffers, "last_offer");
const lastStack = alias(offerStacks, "last_stack");

/** Whether an offer stands after another one in the catalog. The first two conditions are bounds that the indexes take. */
function standsAfter(store: Store, { id }: ListPlace): SQL | undefined {
  const last = (...columns: SQLiteColumn[]) => sql`(SELECT ${sql.join(columns, sql`, `)}
    FROM ${stackOffers} AS "last_offer" JOIN ${offerStacks} AS "last_stack"
      ON ${lastStack.ownerUserId} = ${lastOffer.ownerUserId} AND ${lastStack.id} = ${lastOffer.offerStackId}
    WHERE ${lastOffer.ownerUserId} = ${store.ownerUserId} AND ${lastOffer.id} = ${id})`;
  const from = sql`CASE WHEN ${offerStacks.id} = ${last(lastStack.id)} THEN ${last(lastOffer.position)} ELSE 0 END`;
  return and(
    sql`${offerStacks.position} >= ${last(lastStack.position)}`,
    sql`${stackOffers.position} >= ${from}`,
    sql`(${offerStacks.position}, ${offerStacks.id}, ${stackOffers.position}, ${stackOffers.id})
      > ${last(lastStack.position, lastStack.id, lastOffer.position, lastOffer.id)}`,
  );
}

/** The order bumps of stacks, in the order they are shown. */
export function bumpsOfStacks(store: Store, stackIds: readonly string[]) {
  return offersJoined(store)
    .where(
      and(
        eq(stackOffers.ownerUserId, store.ownerUserId),
        inArray(stackOffers.offerStackId, [...stackIds]),
        eq(stackOffers.role, "order_bump"),
      ),
    )
    .orderBy(asc(stackOffers.offerStackId), asc(stackOffers.position), asc(stackOffers.id));
}

/** The order bumps that stand beside the primary offer of an id of either kind, in the order they are shown. */
export const bumpsBeside = writtenOnce((store: OwnedDatabase, eitherId: string) => {
  const primary = alias(stackOffers, "primary_offer");
  return offersJoined(store)
    .innerJoin(
      primary,
      and(eq(primary.ownerUserId, stackOffers.ownerUserId), eq(primary.offerStackId, stackOffers.offerStackId)),
    )
    .where(
      and(
        eq(primary.ownerUserId, store.ownerUserId),
        eq(primary.publicOfferId, publicIdOf(store, eitherId)),
        eq(primary.role, "primary"),
        eq(stackOffers.role, "order_bump"),
      ),
    )
    .orderBy(asc(stackOffers.position), asc(stackOffers.id));
});

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
