import { and, desc, eq, gt, inArray, isNotNull, or, type SQL, sql } from "drizzle-orm";
import { guardThat, type Query, type Rows } from "./database.ts";
import { chargedSlug, NOT_OVER } from "./plans.ts";
import { billingSubscriptions, businesses, checkoutIntents, plans, publisherPlanEntitlements } from "./schema/index.ts";
import { soldModeOfPlan } from "./sold-mode.ts";
import type { Store } from "./store.ts";

/** Rows of one list at most: more than one person has. */
const MOST = 20;

/**
 * The plans of an actor: those that they have, subscriptions that are not over, and checkouts that may still be paid, the
 * newest first. Only of the mode that each plan is sold in: a test purchase is no obstacle to a live one.
 */
export function plansUnderWay(store: Store, actorId: string) {
  return {
    held: plansHeld(store, actorId),
    running: runningPlans(store, actorId),
    payablePlans: payablePlans(store, actorId),
  };
}

export type PlansUnderWay = Rows<ReturnType<typeof plansUnderWay>>;

/**
 * Aborts the batch with `ineligible_state` when a plan is in the way of another: any plan of the actor's, or the same one
 * alone where the business sells several plans at a time.
 */
export function guardNoPlan(store: Store, actorId: string, slug: string): Query {
  const several = sql`EXISTS (SELECT 1 FROM ${businesses} WHERE ${businesses.ownerUserId} = ${store.ownerUserId}
    AND ${businesses.severalPlans} = 1)`;
  const inTheWay = (...slugs: readonly SQL[]) =>
    sql`(NOT ${several} OR ${or(...slugs.map((own) => sql`${own} = ${slug}`))})`;
  return guardThat(
    store.db,
    sql`NOT EXISTS ${plansHeld(store, actorId, inTheWay(sql`${publisherPlanEntitlements.planSlug}`))}
      AND NOT EXISTS ${runningPlans(store, actorId, inTheWay(sql`${billingSubscriptions.planSlug}`, chargedSlug))}
      AND NOT EXISTS ${payablePlans(store, actorId, inTheWay(sql`${checkoutIntents.planSlug}`))}`,
    "ineligible_state",
  );
}

function plansHeld(store: Store, actorId: string, inTheWay?: SQL) {
  const { ownerUserId, buyerUserId, status, planSlug, stripeMode } = publisherPlanEntitlements;
  return store.db.build
    .select({ slug: sql<string>`${planSlug}`.as("held_slug"), name: plans.name })
    .from(publisherPlanEntitlements)
    .innerJoin(plans, and(eq(plans.ownerUserId, ownerUserId), eq(plans.slug, planSlug)))
    .where(
      and(
        eq(ownerUserId, store.ownerUserId),
        eq(buyerUserId, actorId),
        eq(status, "active"),
        sql`${stripeMode} = ${soldModeOfPlan(store, planSlug)}`,
        inTheWay,
      ),
    )
    .limit(MOST);
}

function runningPlans(store: Store, actorId: string, inTheWay?: SQL) {
  const { ownerUserId, buyerUserId, status, planSlug, stripeMode } = billingSubscriptions;
  return store.db.build
    .select({
      slug: sql<string>`${planSlug}`.as("running_slug"),
      name: plans.name,
      status: sql<(typeof NOT_OVER)[number]>`${status}`.as("running_status"),
      chargedAs: chargedSlug.as("charged_as"),
    })
    .from(billingSubscriptions)
    .innerJoin(plans, and(eq(plans.ownerUserId, ownerUserId), eq(plans.slug, planSlug)))
    .where(
      and(
        eq(ownerUserId, store.ownerUserId),
        eq(buyerUserId, actorId),
        inArray(status, [...NOT_OVER]),
        sql`${stripeMode} = ${soldModeOfPlan(store, planSlug)}`,
        inTheWay,
      ),
    )
    .limit(MOST);
}

function payablePlans(store: Store, actorId: string, inTheWay?: SQL) {
  const { ownerUserId, actorId: starter, planSlug, stripeMode, createdAt } = checkoutIntents;
  return store.db.build
    .select({
      id: checkoutIntents.id,
      slug: sql<string>`${planSlug}`.as("payable_slug"),
      name: plans.name,
      status: sql<(typeof checkoutIntents.$inferSelect)["status"]>`${checkoutIntents.status}`.as("payable_status"),
    })
    .from(checkoutIntents)
    .innerJoin(plans, and(eq(plans.ownerUserId, ownerUserId), eq(plans.slug, planSlug)))
    .where(
      and(
        eq(ownerUserId, store.ownerUserId),
        eq(starter, actorId),
        isNotNull(planSlug),
        sql`${stripeMode} = ${soldModeOfPlan(store, planSlug)}`,
        mayBePaid(store.clock.now()),
        inTheWay,
      ),
    )
    .orderBy(desc(createdAt))
    .limit(MOST);
}

/**
 * Whether a checkout of the query may still be paid at a time: an unpaid session expires, a completed one waits for its
 * payment. The statuses are those of the index `checkout_intents_payable`, word for word.
 */
export function mayBePaid(now: number): SQL | undefined {
  const { status, expiresAt } = checkoutIntents;
  return and(
    sql`${status} IN ('created', 'open', 'completed', 'blocked')`,
    or(eq(status, "completed"), gt(expiresAt, now)),
  );
}
