import { and, asc, desc, eq, gt, inArray, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { guardThat, type Query, type Rows } from "./database.ts";
import { joined } from "./joined.ts";
import type { BusinessRow } from "./operations.ts";
import {
  billingSubscriptions,
  businesses,
  checkoutIntents,
  commercePrices,
  plans,
  publisherPlanEntitlements,
} from "./schema/index.ts";
import { soldModeOfPlan } from "./sold-mode.ts";
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
    .where(and(eq(plans.ownerUserId, store.ownerUserId), eq(plans.slug, slug)))
    .limit(1);
}

/** All plans in the order they are shown. */
export function allPlans(store: Store) {
  return plansJoined(store).where(eq(plans.ownerUserId, store.ownerUserId)).orderBy(asc(plans.position));
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
const NOT_OVER = ["trialing", "active", "past_due", "unpaid", "paused"] as const;

const chargedPrices = alias(commercePrices, "charged_price");
const chargedPlans = alias(plans, "charged_plan");

/**
 * The name of the plan that a subscription of the query is charged as, where it was changed at Stripe after the purchase.
 * Null without a known change: a plan is recognised by the `stripe_price_id` of its price.
 */
export const chargedAs = sql<string | null>`(
  SELECT ${chargedPlans.name} FROM ${commercePrices} AS "charged_price"
  JOIN ${plans} AS "charged_plan" ON ${chargedPlans.ownerUserId} = ${chargedPrices.ownerUserId}
    AND ${chargedPlans.priceId} = ${chargedPrices.id}
  WHERE ${chargedPrices.stripePriceId} = ${billingSubscriptions.stripePriceId}
    AND ${chargedPrices.ownerUserId} = ${billingSubscriptions.ownerUserId}
    AND ${chargedPrices.id} <> ${billingSubscriptions.priceId}
    AND ${inArray(billingSubscriptions.status, [...NOT_OVER])}
  LIMIT 1)`;

/** Whether a subscription of the query was bought as a plan, or was changed to it at Stripe. */
function isOfPlan(store: Store, slug: string): SQL | undefined {
  const mapped = store.db.build
    .select({ stripePriceId: commercePrices.stripePriceId })
    .from(plans)
    .innerJoin(
      commercePrices,
      and(eq(commercePrices.ownerUserId, plans.ownerUserId), eq(commercePrices.id, plans.priceId)),
    )
    .where(and(eq(plans.ownerUserId, store.ownerUserId), eq(plans.slug, slug)));
  return or(eq(billingSubscriptions.planSlug, slug), inArray(billingSubscriptions.stripePriceId, mapped));
}

/**
 * The obstacles to another checkout of a plan: the actor has it, a subscription to it is not over, or a checkout of it may
 * still be paid. A test purchase is no obstacle to a live one.
 */
export function planObstacles(store: Store, actorId: string, slug: string) {
  return {
    held: plansHeld(store, actorId, slug),
    running: store.db.build
      .select({ status: billingSubscriptions.status, boughtAs: billingSubscriptions.planSlug })
      .from(billingSubscriptions)
      .where(
        and(
          eq(billingSubscriptions.ownerUserId, store.ownerUserId),
          eq(billingSubscriptions.buyerUserId, actorId),
          inArray(billingSubscriptions.status, [...NOT_OVER]),
          isOfPlan(store, slug),
          sql`${billingSubscriptions.stripeMode} = ${soldModeOfPlan(store, billingSubscriptions.planSlug)}`,
        ),
      )
      .limit(1),
    openSame: store.db.build
      .select({ id: checkoutIntents.id, status: checkoutIntents.status })
      .from(checkoutIntents)
      .where(
        and(
          eq(checkoutIntents.ownerUserId, store.ownerUserId),
          eq(checkoutIntents.actorId, actorId),
          eq(checkoutIntents.planSlug, slug),
          sql`${checkoutIntents.stripeMode} = ${soldModeOfPlan(store, checkoutIntents.planSlug)}`,
          mayBePaid(store),
        ),
      )
      .orderBy(desc(checkoutIntents.createdAt))
      .limit(1),
  };
}

export type PlanObstacles = Rows<ReturnType<typeof planObstacles>>;

/** The plans that an actor has in the mode that each is sold in; with a slug, that plan alone. */
export function plansHeld(store: Store, actorId: string, slug?: string) {
  return store.db.build
    .select({ slug: publisherPlanEntitlements.planSlug })
    .from(publisherPlanEntitlements)
    .where(
      and(
        eq(publisherPlanEntitlements.ownerUserId, store.ownerUserId),
        eq(publisherPlanEntitlements.buyerUserId, actorId),
        eq(publisherPlanEntitlements.status, "active"),
        slug === undefined ? undefined : eq(publisherPlanEntitlements.planSlug, slug),
        sql`${publisherPlanEntitlements.stripeMode} = ${soldModeOfPlan(store, publisherPlanEntitlements.planSlug)}`,
      ),
    )
    .limit(20);
}

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

/** Whether a checkout of the query may still be paid: an unpaid session expires, a completed one waits for its payment. */
function mayBePaid(store: Store): SQL | undefined {
  return or(
    eq(checkoutIntents.status, "completed"),
    and(
      inArray(checkoutIntents.status, ["created", "open", "blocked"]),
      gt(checkoutIntents.expiresAt, store.clock.now()),
    ),
  );
}

/** Aborts the batch with `ineligible_state` when there is an obstacle to the plan. */
export function guardNoPlan(store: Store, actorId: string, slug: string): Query {
  const { held, running, openSame } = planObstacles(store, actorId, slug);
  return guardThat(
    store.db,
    sql`NOT EXISTS ${held} AND NOT EXISTS ${running} AND NOT EXISTS ${openSame}`,
    "ineligible_state",
  );
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
