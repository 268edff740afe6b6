import { and, eq, isNotNull, type SQL, sql } from "drizzle-orm";
import { type SQLiteColumn, union } from "drizzle-orm/sqlite-core";
import { checkoutIntents, plans, stackOffers } from "./schema/index.ts";
import type { StripeMode } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

type Bounded = Pick<Store, "maxMode">;

/** The mode that an offer is sold in: live only where its data asks for it and the deployment may do it. */
export function soldMode(wanted: StripeMode, { maxMode }: Bounded): StripeMode {
  return wanted === "live" && maxMode === "live" ? "live" : "sandbox";
}

/** The mode that a plan is sold in; null for a contact plan, and while the deployment names no maximum. */
export function planSoldMode(wanted: StripeMode | null, store: Bounded): StripeMode | null {
  return wanted === null || store.maxMode === null ? null : soldMode(wanted, store);
}

/** `planSoldMode` of the plan whose slug a row of the query has. */
export function soldModeOfPlan(store: Store, slug: SQLiteColumn): SQL {
  return store.maxMode === "live" ? wantedOfPlan(store, slug) : sql`${store.maxMode}`;
}

/** The mode that the data asks for now, of the plan or offer that a checkout sells; no row for an unknown checkout. */
export function wantedNow(store: Store, checkoutIntentId: string) {
  const { ownerUserId, id, planSlug, offerId } = checkoutIntents;
  return store.db.build
    .select({ mode: wantedOf(store, planSlug, offerId).as("wanted_mode") })
    .from(checkoutIntents)
    .where(and(eq(ownerUserId, store.ownerUserId), eq(id, checkoutIntentId)))
    .limit(1);
}

/** The modes that the data asks for, of all offers and of all plans that are on sale here at all. */
export function wantedModes(store: Store) {
  const { db, ownerUserId } = store;
  const plansSold = planSoldMode("sandbox", store) === null ? sql`0` : isNotNull(plans.stripeMode);
  const ofOffers = db.build.select({ mode: stackOffers.stripeMode }).from(stackOffers);
  const ofPlans = db.build.select({ mode: sql<StripeMode>`${plans.stripeMode}`.as("stripe_mode") }).from(plans);
  return union(
    ofOffers.where(and(eq(stackOffers.ownerUserId, ownerUserId), eq(stackOffers.withdrawn, 0))),
    ofPlans.where(and(eq(plans.ownerUserId, ownerUserId), eq(plans.withdrawn, 0), plansSold)),
  );
}

/** The mode that the data asks for, by the plan and the offer of a row of the query; a checkout has one of the two. */
export function wantedOf(store: Store, planSlug: SQL | SQLiteColumn, offerId: SQL | SQLiteColumn) {
  const wanted = sql`coalesce(${wantedOfPlan(store, planSlug)},
    (SELECT ${stackOffers.stripeMode} FROM ${stackOffers} WHERE ${stackOffers.ownerUserId} = ${store.ownerUserId}
      AND ${stackOffers.publicOfferId} = ${offerId}))`;
  // Nested, since a column that stands directly in a selected expression loses the name of its table.
  return sql<StripeMode | null>`${wanted}`;
}

const wantedOfPlan = (store: Store, slug: SQL | SQLiteColumn): SQL =>
  sql`(SELECT ${plans.stripeMode} FROM ${plans} WHERE ${plans.ownerUserId} = ${store.ownerUserId} AND ${plans.slug} = ${slug})`;
