import { and, eq } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { Context } from "../context.ts";
import { joined } from "./joined.ts";
import { commercePrices, plans } from "./schema/index.ts";

const setupPrices = alias(commercePrices, "setup_price");

/** A plan with its monthly price and the price of its setup; both are null on a contact plan. */
export type PlanRow = Awaited<ReturnType<typeof planBySlug>>[number];

export function planBySlug(ctx: Context, slug: string) {
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
    .leftJoin(setupPrices, and(eq(setupPrices.ownerUserId, plans.ownerUserId), eq(setupPrices.id, plans.setupPriceId)))
    .where(and(eq(plans.ownerUserId, ctx.ownerUserId), eq(plans.slug, slug)))
    .limit(1);
}

/** The version of a plan: it moves when anything moves that its texts or totals are made of. */
export function planVersion({ plan, price, setup }: PlanRow, businessUpdatedAt: number): number {
  return Math.max(plan.updatedAt, price?.updatedAt ?? 0, setup?.updatedAt ?? 0, businessUpdatedAt);
}
