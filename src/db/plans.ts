import { and, asc, desc, eq, gt, inArray, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { SoldPlan } from "../commerce/plans.ts";
import type { Context } from "../context.ts";
import { guardThat, type Query } from "./database.ts";
import { joined } from "./joined.ts";
import { checkoutIntents, commercePrices, plans, publisherPlanEntitlements } from "./schema/index.ts";

const setupPrices = alias(commercePrices, "setup_price");

/** A plan with its monthly price and the price of its setup; both are null on a contact plan. */
export type PlanRow = Awaited<ReturnType<typeof planBySlug>>[number];

export function planBySlug(ctx: Context, slug: string) {
  return plansJoined(ctx)
    .where(and(eq(plans.ownerUserId, ctx.ownerUserId), eq(plans.slug, slug)))
    .limit(1);
}

/** All plans in the order they are shown. */
export function allPlans(ctx: Context) {
  return plansJoined(ctx).where(eq(plans.ownerUserId, ctx.ownerUserId)).orderBy(asc(plans.position));
}

function plansJoined(ctx: Context) {
  return ctx.db.build
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

/** The version of a plan: it moves when anything moves that its texts or totals are made of. */
export function planVersion({ plan, price, setup }: PlanRow, businessUpdatedAt: number): number {
  return Math.max(plan.updatedAt, price?.updatedAt ?? 0, setup?.updatedAt ?? 0, businessUpdatedAt);
}

export type PlanHeld = Awaited<ReturnType<typeof plansHeld>>[number];
export type OpenPlanCheckout = Awaited<ReturnType<typeof openPlanCheckouts>>[number];

/** The actor's active entitlements of a plan. */
export function plansHeld(ctx: Context, actorId: string, slug: string) {
  return ctx.db.build
    .select({ id: publisherPlanEntitlements.id })
    .from(publisherPlanEntitlements)
    .where(
      and(
        eq(publisherPlanEntitlements.ownerUserId, ctx.ownerUserId),
        eq(publisherPlanEntitlements.buyerUserId, actorId),
        eq(publisherPlanEntitlements.status, "active"),
        eq(publisherPlanEntitlements.planSlug, slug),
      ),
    )
    .limit(1);
}

const UNFINISHED = ["created", "open", "blocked", "completed"] as const;

/** The actor's checkouts of a plan that may still come to a purchase. */
export function openPlanCheckouts(ctx: Context, actorId: string, slug: string) {
  return ctx.db.build
    .select({ id: checkoutIntents.id, expiresAt: checkoutIntents.expiresAt })
    .from(checkoutIntents)
    .where(
      and(
        eq(checkoutIntents.ownerUserId, ctx.ownerUserId),
        eq(checkoutIntents.actorId, actorId),
        eq(checkoutIntents.planSlug, slug),
        inArray(checkoutIntents.status, [...UNFINISHED]),
        gt(checkoutIntents.expiresAt, ctx.clock.now()),
      ),
    )
    .orderBy(desc(checkoutIntents.createdAt))
    .limit(1);
}

/** Aborts the batch when, since it was read, the actor got the plan or another checkout of it. */
export function guardNoPlan(ctx: Context, actorId: string, slug: string): Query {
  return guardThat(
    ctx.db,
    sql`NOT EXISTS (SELECT 1 FROM ${publisherPlanEntitlements} WHERE ${publisherPlanEntitlements.ownerUserId} = ${ctx.ownerUserId}
        AND ${publisherPlanEntitlements.buyerUserId} = ${actorId} AND ${publisherPlanEntitlements.status} = 'active' AND ${publisherPlanEntitlements.planSlug} = ${slug})
      AND NOT EXISTS (SELECT 1 FROM ${checkoutIntents} WHERE ${checkoutIntents.ownerUserId} = ${ctx.ownerUserId} AND ${checkoutIntents.actorId} = ${actorId}
        AND ${checkoutIntents.planSlug} = ${slug} AND ${checkoutIntents.status} IN ('created', 'open', 'blocked', 'completed') AND ${checkoutIntents.expiresAt} > ${ctx.clock.now()})`,
    "ineligible_state",
  );
}

/** Aborts the batch with `stale_state` when a price of the plan is no longer the one that was read. */
export function guardPlanUnmoved(ctx: Context, { plan, price, setup }: SoldPlan): Query {
  const prices = setup ? [price, setup] : [price];
  const unmoved = prices.map(
    (
      row,
    ) => sql`EXISTS (SELECT 1 FROM ${commercePrices} WHERE ${commercePrices.ownerUserId} = ${ctx.ownerUserId} AND ${commercePrices.id} = ${row.id}
      AND ${commercePrices.updatedAt} = ${row.updatedAt} AND ${commercePrices.active} = 1)`,
  );
  return guardThat(
    ctx.db,
    sql`EXISTS (SELECT 1 FROM ${plans} WHERE ${plans.ownerUserId} = ${ctx.ownerUserId} AND ${plans.slug} = ${plan.slug} AND ${plans.updatedAt} = ${plan.updatedAt})
      AND ${sql.join(unmoved, sql` AND `)}`,
    "stale_state",
  );
}
