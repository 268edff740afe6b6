import {
  and,
  desc,
  eq,
  type InferInsertModel,
  type InferSelectModel,
  isNotNull,
  isNull,
  ne,
  or,
  sql,
} from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { guardChanged, type Query } from "./database.ts";
import { joined } from "./joined.ts";
import { chargedAs } from "./plans.ts";
import {
  billingInvoices,
  billingSubscriptions,
  checkoutIntents,
  plans,
  publisherPlanEntitlements,
} from "./schema/index.ts";
import type { StripeMode } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

export type SubscriptionRow = InferSelectModel<typeof billingSubscriptions>;

/**
 * A page of a person's plan checkouts, the newest first: those with a subscription, a plan entitlement or both. It has one
 * row more than a page where more follow.
 */
export function plansBought(store: Store, userId: string, after: ListPosition | undefined) {
  const { ownerUserId, createdAt, id } = checkoutIntents;
  return store.db.build
    .select({
      checkout: {
        id: sql<string>`${id}`.as("checkout_id"),
        createdAt: sql<number>`${createdAt}`.as("checkout_created_at"),
        stripeMode: sql<StripeMode>`${checkoutIntents.stripeMode}`.as("checkout_mode"),
      },
      entitlement: joined(publisherPlanEntitlements, "entitlement"),
      plan: joined(plans, "plan"),
      subscription: joined(billingSubscriptions, "subscription"),
      chargedAs: chargedAs.as("charged_as"),
    })
    .from(checkoutIntents)
    .innerJoin(plans, and(eq(plans.ownerUserId, ownerUserId), eq(plans.slug, checkoutIntents.planSlug)))
    .leftJoin(
      publisherPlanEntitlements,
      and(eq(publisherPlanEntitlements.ownerUserId, ownerUserId), eq(publisherPlanEntitlements.checkoutIntentId, id)),
    )
    .leftJoin(
      billingSubscriptions,
      and(
        eq(billingSubscriptions.ownerUserId, ownerUserId),
        eq(billingSubscriptions.stripeSubscriptionId, checkoutIntents.stripeSubscriptionId),
      ),
    )
    .where(
      and(
        eq(ownerUserId, store.ownerUserId),
        eq(checkoutIntents.buyerUserId, userId),
        isNotNull(checkoutIntents.planSlug),
        or(isNotNull(publisherPlanEntitlements.id), isNotNull(billingSubscriptions.id)),
        after && sql`(${createdAt}, ${id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(PAGE_SIZE + 1);
}

/** A person's own subscription. */
export function subscriptionOfPerson(store: Store, id: string, userId: string) {
  return store.db.build
    .select()
    .from(billingSubscriptions)
    .where(
      and(
        eq(billingSubscriptions.ownerUserId, store.ownerUserId),
        eq(billingSubscriptions.id, id),
        eq(billingSubscriptions.buyerUserId, userId),
      ),
    )
    .limit(1);
}

/** A change of a subscription. `repeated`: an event reported the stored state again, and only the event's place is stored. */
export type SubscriptionWrite =
  | {
      readonly kind: "put";
      readonly row: InferInsertModel<typeof billingSubscriptions>;
      readonly before: SubscriptionRow | undefined;
    }
  | {
      readonly kind: "repeated";
      readonly before: SubscriptionRow;
      readonly latest: Pick<SubscriptionRow, "stateEventAt" | "stateEventRank" | "stateEventId">;
    };

/** Writes a subscription over the row that was read; aborts with `purchase_moved` on a race. */
export function writeSubscription(store: Store, write: SubscriptionWrite): Query[] {
  switch (write.kind) {
    case "repeated":
      return changeSubscription(store, write.before, write.latest);
    case "put": {
      const { id: _id, ownerUserId: _owner, createdAt: _created, ...change } = write.row;
      if (write.before) return changeSubscription(store, write.before, change);
      const insert = store.db.build.insert(billingSubscriptions).values(write.row).onConflictDoNothing();
      return [insert, guardChanged(store.db, "purchase_moved")];
    }
  }
}

function changeSubscription(
  store: Store,
  before: SubscriptionRow,
  change: Partial<InferInsertModel<typeof billingSubscriptions>>,
): Query[] {
  return [
    store.db.build
      .update(billingSubscriptions)
      .set(change)
      .where(
        and(
          eq(billingSubscriptions.ownerUserId, store.ownerUserId),
          eq(billingSubscriptions.id, before.id),
          eq(billingSubscriptions.updatedAt, before.updatedAt),
        ),
      ),
    guardChanged(store.db, "purchase_moved"),
  ];
}

/** Deletes the subscriptions, and their invoices, that name a checkout in their metadata and are not its own. */
export function deleteOtherSubscriptions(store: Store, checkoutIntentId: string, subscriptionId: string): Query[] {
  const ofOthers = (table: typeof billingSubscriptions | typeof billingInvoices) =>
    and(
      eq(table.ownerUserId, store.ownerUserId),
      eq(table.checkoutIntentId, checkoutIntentId),
      ne(table.stripeSubscriptionId, subscriptionId),
    );
  return [
    store.db.build
      .delete(billingSubscriptions)
      .where(and(ofOthers(billingSubscriptions), isNull(billingSubscriptions.planSlug))),
    store.db.build.delete(billingInvoices).where(ofOthers(billingInvoices)),
  ];
}
