import { and, desc, eq } from "drizzle-orm";
import type { Context } from "../context.ts";
import { joined } from "./joined.ts";
import { billingSubscriptions, plans, publisherPlanEntitlements } from "./schema/index.ts";

/** The plans that a person bought, the newest first, each with its subscription where one is known. */
export function plansBought(ctx: Context, userId: string) {
  return ctx.db.build
    .select({
      entitlement: joined(publisherPlanEntitlements, "entitlement"),
      plan: joined(plans, "plan"),
      subscription: joined(billingSubscriptions, "subscription"),
    })
    .from(publisherPlanEntitlements)
    .innerJoin(
      plans,
      and(
        eq(plans.ownerUserId, publisherPlanEntitlements.ownerUserId),
        eq(plans.slug, publisherPlanEntitlements.planSlug),
      ),
    )
    .leftJoin(
      billingSubscriptions,
      and(
        eq(billingSubscriptions.ownerUserId, publisherPlanEntitlements.ownerUserId),
        eq(billingSubscriptions.checkoutIntentId, publisherPlanEntitlements.checkoutIntentId),
      ),
    )
    .where(
      and(
        eq(publisherPlanEntitlements.ownerUserId, ctx.ownerUserId),
        eq(publisherPlanEntitlements.buyerUserId, userId),
      ),
    )
    .orderBy(desc(publisherPlanEntitlements.createdAt))
    .limit(20);
}

/** A person's own subscription. */
export function subscriptionOfPerson(ctx: Context, id: string, userId: string) {
  return ctx.db.build
    .select()
    .from(billingSubscriptions)
    .where(
      and(
        eq(billingSubscriptions.ownerUserId, ctx.ownerUserId),
        eq(billingSubscriptions.id, id),
        eq(billingSubscriptions.buyerUserId, userId),
      ),
    )
    .limit(1);
}
