import { and, eq, sql } from "drizzle-orm";
import { guardChanged, guardThat, type Query } from "./database.ts";
import {
  intentCondition,
  latestInvoice,
  type PaymentFactRow,
  type PurchaseTarget,
  paymentsOf,
} from "./purchase-rows.ts";
import { checkoutIntents, paymentFacts } from "./schema/index.ts";
import type { Store } from "./store.ts";

/**
 * Lets one report at a time change a purchase: aborts with `purchase_moved` when another changed it since it was read.
 * Two at once would each decide on facts without the other's, though they write different rows.
 */
export function takePurchase(store: Store, { id, purchaseVersion }: { id: string; purchaseVersion: number }): Query[] {
  return [
    store.db.build
      .update(checkoutIntents)
      .set({ purchaseVersion: purchaseVersion + 1 })
      .where(
        and(
          eq(checkoutIntents.ownerUserId, store.ownerUserId),
          eq(checkoutIntents.id, id),
          eq(checkoutIntents.purchaseVersion, purchaseVersion),
        ),
      ),
    guardChanged(store.db, "purchase_moved"),
  ];
}

/**
 * For a purchase that is linked to its payments in this batch, at the end of it: aborts with `purchase_moved` when those
 * payments, which `takePurchase` does not guard yet, have other facts than `decidedBy`.
 */
export function guardDecidedBy(
  store: Store,
  intentId: string,
  decidedBy: readonly Pick<PaymentFactRow, "rank">[],
): Query {
  const ofIntent = (column: keyof typeof checkoutIntents.$inferSelect) =>
    sql`(SELECT ${checkoutIntents[column]} FROM ${checkoutIntents} WHERE ${checkoutIntents.ownerUserId} = ${store.ownerUserId} AND ${checkoutIntents.id} = ${intentId})`;
  const invoices = sql`SELECT ${ofIntent("stripeInvoiceId")} UNION ALL SELECT ${latestInvoice(store, ofIntent("stripeSubscriptionId"))}`;
  // Facts are never taken away and ranks only rise, so the sum moves with each of them.
  return guardThat(
    store.db,
    sql`(SELECT coalesce(sum(${paymentFacts.rank} + 1), 0) FROM ${paymentFacts} WHERE ${paymentFacts.ownerUserId} = ${store.ownerUserId}
      AND ${paymentFacts.stripePaymentIntentId} IN (SELECT ${ofIntent("stripePaymentIntentId")} UNION ALL ${paymentsOf(store, invoices)}))
      = ${decidedBy.reduce((sum, { rank }) => sum + rank + 1, 0)}`,
    "purchase_moved",
  );
}

/** For a payment without a known purchase: aborts with `purchase_moved` when a purchase was linked to it meanwhile. */
export function guardNobodys(store: Store, target: PurchaseTarget): Query {
  return guardThat(
    store.db,
    sql`NOT EXISTS (SELECT 1 FROM ${checkoutIntents} WHERE ${checkoutIntents.ownerUserId} = ${store.ownerUserId} AND (${intentCondition(store, target)}))`,
    "purchase_moved",
  );
}
