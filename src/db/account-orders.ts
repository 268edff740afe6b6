import { and, asc, desc, eq, getTableColumns, type InferSelectModel, inArray, sql } from "drizzle-orm";
import type { IntentRow } from "./checkouts.ts";
import { statusShown } from "./entitlements.ts";
import { paymentsOf } from "./purchase-rows.ts";
import {
  billingInvoices,
  checkoutIntents,
  commerceProducts,
  paymentFacts,
  productEntitlements,
} from "./schema/index.ts";
import type { Store } from "./store.ts";

/** Paid periods of one order that its receipt lists at most: ten years by the month. */
const MOST_PERIODS = 120;

/** A paid period of a plan. */
export type PaidInvoice = InferSelectModel<typeof billingInvoices>;

/** An order that an account started. */
export function orderOfAccount(store: Store, id: string, userId: string) {
  return store.db.build
    .select()
    .from(checkoutIntents)
    .where(
      and(
        eq(checkoutIntents.ownerUserId, store.ownerUserId),
        eq(checkoutIntents.id, id),
        eq(checkoutIntents.actorId, userId),
      ),
    )
    .limit(1);
}

/** What some orders give: each entitlement with its product's name, which is what a person reads. */
export function namedAccessOf(store: Store, ids: readonly string[]) {
  const { ownerUserId, sourceCommerceProductId, checkoutIntentId, productId } = productEntitlements;
  const { id, grantedAt } = productEntitlements;
  return store.db.build
    .select({
      id,
      checkoutIntentId,
      productId,
      grantedAt,
      status: statusShown(store).as("status_shown"),
      productName: sql<string | null>`${commerceProducts.name}`.as("product_name"),
    })
    .from(productEntitlements)
    .leftJoin(
      commerceProducts,
      and(eq(commerceProducts.ownerUserId, ownerUserId), eq(commerceProducts.id, sourceCommerceProductId)),
    )
    .where(and(eq(ownerUserId, store.ownerUserId), inArray(checkoutIntentId, [...ids])))
    .orderBy(asc(checkoutIntentId), asc(productId));
}

/** The paid periods of an order, the newest first; none for an order that is paid once. */
export function paidInvoicesOf(store: Store, checkoutIntentId: string) {
  return store.db.build
    .select(getTableColumns(billingInvoices))
    .from(billingInvoices)
    .where(
      and(eq(billingInvoices.ownerUserId, store.ownerUserId), eq(billingInvoices.checkoutIntentId, checkoutIntentId)),
    )
    .orderBy(desc(billingInvoices.periodStart), desc(billingInvoices.stripeInvoiceId))
    .limit(MOST_PERIODS);
}

/** The facts about every payment of an order: that of the order itself, and those of its paid periods. */
export function paymentsOfOrder(store: Store, { id, stripePaymentIntentId }: IntentRow) {
  const invoices = sql`SELECT ${billingInvoices.stripeInvoiceId} FROM ${billingInvoices}
    WHERE ${billingInvoices.ownerUserId} = ${store.ownerUserId} AND ${billingInvoices.checkoutIntentId} = ${id}`;
  return store.db.build
    .select()
    .from(paymentFacts)
    .where(
      and(
        eq(paymentFacts.ownerUserId, store.ownerUserId),
        sql`${paymentFacts.stripePaymentIntentId} IN (SELECT ${stripePaymentIntentId} UNION ${paymentsOf(store, invoices)})`,
      ),
    );
}
