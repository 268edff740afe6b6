import { and, asc, eq, inArray, isNotNull, lte, or, sql } from "drizzle-orm";
import { alias, type SQLiteColumn } from "drizzle-orm/sqlite-core";
import { type ListPlace, PAGE_SIZE } from "../base/list.ts";
import { guardThat, type Query } from "./database.ts";
import { joined } from "./joined.ts";
import type { BusinessRow } from "./operations.ts";
import { billingSubscriptions, businesses, commercePrices, plans, publisherPlanEntitlements } from "./schema/index.ts";
import type { Store } from "./store.ts";

const setupPrices = alias(commercePrices, "setup_price");

/** A plan with its recurring price and the price of its setup; both are null on a contact plan. */
export type PlanRow = Awaited<ReturnType<typeof planBySlug>>[number];

type Price = NonNullable<PlanRow["price"]>;

/** A plan that can be bought, with the setup if it was asked for. */
export interface SoldPlan {
  readonly plan: PlanRow["plan"];
  readonly price: Price;
  readonly setup: Price | undefined;
}

export function planBySlug(store: Store, slug: string) {
  return plansJoined(store)
    .where(and(eq(plans.ownerUserId, store.ownerUserId), eq(plans.slug, slug), eq(plans.withdrawn, 0)))
    .limit(1);
}

/** All plans in the order they are shown. */
export function allPlans(store: Store) {
  return plansJoined(store)
    .where(and(eq(plans.ownerUserId, store.ownerUserId), eq(plans.withdrawn, 0)))
    .orderBy(asc(plans.position), asc(plans.slug));
}

const lastPlan = alias(plans, "last_plan");

/**
 * A page of the plans that can be bought or asked for, in catalog order, and one more. Without a maximum of the deployment
 * no plan is sold.
 */
export function plansPage(store: Store, after: ListPlace | undefined) {
  const { ownerUserId } = store;
  const asked = eq(plans.status, "contact");
  return plansJoined(store)
    .where(
      and(
        eq(plans.ownerUserId, ownerUserId),
        eq(plans.withdrawn, 0),
        store.maxMode === null ? asked : or(asked, eq(commercePrices.active, 1)),
        after &&
          sql`(${plans.position}, ${plans.slug}) > (SELECT ${lastPlan.position}, ${lastPlan.slug}
            FROM ${plans} AS "last_plan" WHERE ${lastPlan.ownerUserId} = ${ownerUserId} AND ${lastPlan.slug} = ${after.id})`,
      ),
    )
    .orderBy(asc(plans.position), asc(plans.slug))
    .limit(PAGE_SIZE + 1);
}

function plansJoined(store: Store) {
  return store.db.build
    .select({
      plan: joined(plans, "plan"),
      price: joined(commercePrices, "price"),
      setup: joined(setupPrices, "setup"),
    })
    .from(plans)
    .leftJoin(
      commercePrices,
      and(eq(commercePrices.ownerUserId, plans.ownerUserId), eq(commercePrices.id, plans.priceId)),
    )
    .leftJoin(setupPrices, and(eq(setupPrices.ownerUserId, plans.ownerUserId), eq(setupPrices.id, plans.setupPriceId)));
}

/** The version of a plan: the newest of the rows that its texts and totals are made of. */
export function planVersion({ plan, price, setup }: PlanRow, businessUpdatedAt: number): number {
  return Math.max(plan.updatedAt, price?.updatedAt ?? 0, setup?.updatedAt ?? 0, businessUpdatedAt);
}

/** The statuses of a subscription that is not over: a second subscription would charge twice. */
export const NOT_OVER = ["trialing", "active", "past_due", "unpaid", "paused"] as const;

const chargedPrices = alias(commercePrices, "charged_price");
const chargedPlans = alias(plans, "charged_plan");

/**
 * A column of the plan that a subscription of the query is charged as, where it was changed at Stripe after the purchase.
 * Null without a known change: a plan is recognised by the `stripe_price_id` of its price.
 */
const charged = (column: SQLiteColumn) => sql<string | null>`(
  SELECT ${column} FROM ${commercePrices} AS "charged_price"
  JOIN ${plans} AS "charged_plan" ON ${chargedPlans.ownerUserId} = ${chargedPrices.ownerUserId}
    AND ${chargedPlans.priceId} = ${chargedPrices.id}
  WHERE ${chargedPrices.stripePriceId} = ${billingSubscriptions.stripePriceId}
    AND ${chargedPrices.ownerUserId} = ${billingSubscriptions.ownerUserId}
    AND ${chargedPrices.id} <> ${billingSubscriptions.priceId}
    AND ${inArray(billingSubscriptions.status, [...NOT_OVER])}
  LIMIT 1)`;

/** The name of that plan. */
export const chargedAs = charged(chargedPlans.name);
/** The slug of that plan. */
export const chargedSlug = charged(chargedPlans.slug);

/** The plan entitlement of a checkout. */
export function planGiven(store: Store, checkoutIntentId: string) {
  return store.db.build
    .select({ status: publisherPlanEntitlements.status })
    .from(publisherPlanEntitlements)
    .where(
      and(
        eq(publisherPlanEntitlements.ownerUserId, store.ownerUserId),
        eq(publisherPlanEntitlements.checkoutIntentId, checkoutIntentId),
      ),
    )
    .limit(1);
}

/** Aborts the batch with `stale_state` when a row behind the plan is no longer as it was read. */
export function guardPlanUnchanged(store: Store, { plan, price, setup }: SoldPlan, business: BusinessRow): Query {
  const unmoved = (setup ? [price, setup] : [price]).map(
    ({
      id,
      updatedAt,
    }) => sql`EXISTS (SELECT 1 FROM ${commercePrices} WHERE ${commercePrices.ownerUserId} = ${store.ownerUserId}
      AND ${commercePrices.id} = ${id} AND ${commercePrices.updatedAt} = ${updatedAt} AND ${commercePrices.active} = 1)`,
  );
  return guardThat(
    store.db,
    sql`EXISTS (SELECT 1 FROM ${plans} WHERE ${plans.ownerUserId} = ${store.ownerUserId} AND ${plans.slug} = ${plan.slug} AND ${plans.updatedAt} = ${plan.updatedAt})
      AND EXISTS (SELECT 1 FROM ${businesses} WHERE ${businesses.ownerUserId} = ${store.ownerUserId} AND ${businesses.updatedAt} = ${business.updatedAt})
      AND ${sql.join(unmoved, sql` AND `)}`,
    "stale_state",
  );
}

/** The checkouts of past due plans whose kept days are over, the longest over first. */
export function endedKeeping(store: Store, now: number, limit: number) {
  const { ownerUserId, keptUntil, checkoutIntentId, stripeMode } = publisherPlanEntitlements;
  return store.db.build
    .select({ checkoutIntentId, stripeMode })
    .from(publisherPlanEntitlements)
    .where(and(eq(ownerUserId, store.ownerUserId), isNotNull(keptUntil), lte(keptUntil, now)))
    .orderBy(asc(keptUntil))
    .limit(limit);
}
