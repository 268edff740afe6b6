import { and, desc, eq, sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import { joined } from "./joined.ts";
import {
  billingInvoices,
  billingSubscriptions,
  checkoutIntents,
  paymentFacts,
  publisherPlanEntitlements as planEntitlements,
  user,
} from "./schema/index.ts";
import type { Store } from "./store.ts";

/** How many of the latest unserved invoices are compared with what went back. */
const SEARCH_LIMIT = 500;

/**
 * Marks the paid invoices of a plan's checkout that pay for nothing, at the end of a batch that changed the purchase: those
 * paid after the subscription ended, and that of the running period while the plan gives nothing. It reads stored rows
 * alone, so the order of reports can't change it. `isTest`: test money while plans are sold live is never marked so.
 */
export function markUnserved(store: Store, checkoutIntentId: string, isTest: boolean): Query {
  const { stripeSubscriptionId, paidAt, periodStart, periodEnd, amountCents } = billingInvoices;
  const subscription = (condition: ReturnType<typeof sql>) =>
    sql`EXISTS (SELECT 1 FROM ${billingSubscriptions} WHERE ${billingSubscriptions.stripeSubscriptionId} = ${stripeSubscriptionId}
      AND ${billingSubscriptions.ownerUserId} = ${store.ownerUserId} AND ${condition})`;
  const { endedAt, currentPeriodEnd } = billingSubscriptions;
  const paidAfterEnd = subscription(sql`${endedAt} < coalesce(${paidAt}, ${periodStart})`);
  const paidForNow = subscription(sql`${endedAt} IS NULL AND ${periodEnd} >= ${currentPeriodEnd}`);
  const givesPlan = sql`EXISTS (SELECT 1 FROM ${planEntitlements} WHERE ${planEntitlements.ownerUserId} = ${store.ownerUserId}
    AND ${planEntitlements.checkoutIntentId} = ${checkoutIntentId} AND ${planEntitlements.status} = 'active')`;
  const isOwn = sql`${stripeSubscriptionId} = (SELECT ${checkoutIntents.stripeSubscriptionId} FROM ${checkoutIntents}
    WHERE ${checkoutIntents.ownerUserId} = ${store.ownerUserId} AND ${checkoutIntents.id} = ${checkoutIntentId})`;
  const nothingForIt = isTest ? sql`0` : sql`(${paidAfterEnd} OR (${paidForNow} AND NOT ${givesPlan}))`;
  const mark = sql`iif(${amountCents} > 0 AND ${isOwn} AND ${nothingForIt}, 1, 0)`;
  // Only a mark that changes is written: a plan of some years has many invoices.
  return store.db.build
    .update(billingInvoices)
    .set({ unserved: mark })
    .where(
      and(
        eq(billingInvoices.ownerUserId, store.ownerUserId),
        eq(billingInvoices.checkoutIntentId, checkoutIntentId),
        sql`${billingInvoices.unserved} <> ${mark}`,
      ),
    );
}

/** The latest unserved invoices with their buyers, and the facts of the payments that paid them. */
export function unservedQueries(store: Store) {
  const latest = store.db.build
    .select({ id: billingInvoices.stripeInvoiceId })
    .from(billingInvoices)
    .where(and(eq(billingInvoices.ownerUserId, store.ownerUserId), eq(billingInvoices.unserved, 1)))
    .orderBy(desc(billingInvoices.periodStart))
    .limit(SEARCH_LIMIT);
  const paidBy = sql`SELECT ${paymentFacts.stripePaymentIntentId} FROM ${paymentFacts} WHERE ${paymentFacts.ownerUserId} = ${store.ownerUserId}
    AND ${paymentFacts.kind} = 'invoice_payment' AND ${paymentFacts.stripeObjectId} IN (${latest})`;
  return {
    unserved: store.db.build
      .select({
        invoice: joined(billingInvoices, "invoice"),
        intent: joined(checkoutIntents, "intent"),
        subscriptionStatus: billingSubscriptions.status,
        personName: sql<string | null>`${user.name}`.as("person_name"),
        personEmail: sql<string | null>`${user.email}`.as("person_email"),
      })
      .from(billingInvoices)
      .innerJoin(
        checkoutIntents,
        and(
          eq(checkoutIntents.ownerUserId, billingInvoices.ownerUserId),
          eq(checkoutIntents.id, billingInvoices.checkoutIntentId),
        ),
      )
      .leftJoin(
        billingSubscriptions,
        and(
          eq(billingSubscriptions.ownerUserId, billingInvoices.ownerUserId),
          eq(billingSubscriptions.stripeSubscriptionId, billingInvoices.stripeSubscriptionId),
        ),
      )
      .leftJoin(user, eq(user.id, checkoutIntents.buyerUserId))
      .where(and(eq(billingInvoices.ownerUserId, store.ownerUserId), eq(billingInvoices.unserved, 1)))
      .orderBy(desc(billingInvoices.periodStart))
      .limit(SEARCH_LIMIT),
    unservedPayments: store.db.build
      .select()
      .from(paymentFacts)
      .where(
        sql`${paymentFacts.ownerUserId} = ${store.ownerUserId} AND ${paymentFacts.stripePaymentIntentId} IN (${paidBy})`,
      ),
  };
}
