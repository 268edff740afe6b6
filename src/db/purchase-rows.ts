import { and, asc, eq, type InferSelectModel, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { joined } from "./joined.ts";
import { personIsErased } from "./order-payers.ts";
import {
  accessPolicies,
  accessProducts,
  billingInvoices,
  billingSubscriptions,
  checkoutFacts,
  checkoutIntentLines,
  checkoutIntents,
  checkoutLinks,
  grantMaps,
  orderPayers,
  paymentFacts,
  productEntitlements,
  publisherPlanEntitlements,
} from "./schema/index.ts";
import { wantedOf } from "./sold-mode.ts";
import type { Store } from "./store.ts";

/**
 * How a purchase is found for a report: first by the Stripe objects that are stored as its own, then by our checkout id in
 * the object's metadata, which every person with access to the Stripe account can edit.
 */
export interface PurchaseTarget {
  readonly checkoutIntentId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  readonly paymentIntentIds?: readonly string[];
  readonly invoiceIds?: readonly string[];
}

export type PaymentFactRow = InferSelectModel<typeof paymentFacts>;
export type InvoiceRow = InferSelectModel<typeof billingInvoices>;
export type PolicyRow = InferSelectModel<typeof accessPolicies>;

/** The queries, for one read batch, of every row that decides what a report changes. */
export function purchaseQueries(store: Store, target: PurchaseTarget) {
  const found = store.db.build.$with("found").as(
    store.db.build
      .select()
      .from(checkoutIntents)
      .where(and(eq(checkoutIntents.ownerUserId, store.ownerUserId), intentCondition(store, target)))
      // A checkout that is only named in metadata comes last.
      .orderBy(...(target.checkoutIntentId ? [sql`${checkoutIntents.id} = ${target.checkoutIntentId}`] : []))
      .limit(1),
  );
  const build = store.db.build.with(found);
  const ofFound = (column: SQLiteColumn) => sql`(SELECT ${sql.identifier(column.name)} FROM ${found})`;
  const ofIntent = (table: { ownerUserId: SQLiteColumn; checkoutIntentId: SQLiteColumn }) =>
    sql`${table.ownerUserId} = ${store.ownerUserId} AND ${table.checkoutIntentId} = ${ofFound(checkoutIntents.id)}`;
  const ownSubscription = ofFound(checkoutIntents.stripeSubscriptionId);
  const invoices = sql`${listed(target.invoiceIds)} UNION ALL SELECT ${ofFound(checkoutIntents.stripeInvoiceId)}
    UNION ALL SELECT ${latestInvoice(store, sql`coalesce(${ownSubscription}, ${target.subscriptionId ?? null})`)}`;
  return {
    /** With the mode that the data asks for what the checkout sells: each query of its own finds the checkout again. */
    intent: build
      .select({
        ...found._.selectedFields,
        wantedMode: wantedOf(store, found.planSlug, found.offerId).as("wanted_mode"),
      })
      .from(found),
    /** Whether a payer is kept, and whether they or the person of the account were erased. */
    payer: build
      .select({
        isKnown:
          sql<number>`EXISTS (SELECT 1 FROM ${orderPayers} WHERE ${orderPayers.ownerUserId} = ${store.ownerUserId}
          AND ${orderPayers.checkoutIntentId} = ${found.id})`.as("is_known"),
        isErased: sql<number>`${personIsErased(store, sql`${found.id}`)}`.as("is_erased"),
      })
      .from(found),
    returnLink: build
      .select({ tokenSha256: checkoutLinks.tokenSha256 })
      .from(checkoutLinks)
      .where(sql`${ofIntent(checkoutLinks)} AND ${checkoutLinks.kind} = 'return'`),
    facts: build.select().from(checkoutFacts).where(ofIntent(checkoutFacts)),
    grants: build
      .select({
        line: joined(checkoutIntentLines, "line"),
        map: joined(grantMaps, "map"),
        policy: joined(accessPolicies, "policy"),
        /** Whether its files can be downloaded. */
        isDelivered:
          sql<number>`EXISTS (SELECT 1 FROM ${accessProducts} WHERE ${accessProducts.ownerUserId} = ${grantMaps.ownerUserId}
          AND ${accessProducts.id} = ${grantMaps.productId} AND ${accessProducts.deliveryEnabled} = 1)`.as(
            "is_delivered",
          ),
      })
      .from(checkoutIntentLines)
      // CROSS JOIN keeps the order of the tables: the planner could scan the catalog otherwise.
      .crossJoin(grantMaps)
      .leftJoin(
        accessPolicies,
        and(eq(accessPolicies.ownerUserId, grantMaps.ownerUserId), eq(accessPolicies.productId, grantMaps.productId)),
      )
      .where(
        and(
          ofIntent(checkoutIntentLines),
          eq(grantMaps.ownerUserId, checkoutIntentLines.ownerUserId),
          eq(grantMaps.priceId, checkoutIntentLines.priceId),
        ),
      )
      .orderBy(asc(checkoutIntentLines.position), asc(grantMaps.id)),
    entitlements: build.select().from(productEntitlements).where(ofIntent(productEntitlements)),
    /** The latest invoice of its plan, and the reported ones. */
    invoices: build
      .select()
      .from(billingInvoices)
      .where(
        sql`${billingInvoices.ownerUserId} = ${store.ownerUserId} AND ${billingInvoices.stripeInvoiceId} IN (${invoices})`,
      ),
    paymentFacts: build
      .select()
      .from(paymentFacts)
      .where(
        sql`${paymentFacts.ownerUserId} = ${store.ownerUserId} AND ${paymentFacts.stripePaymentIntentId} IN (${listed(target.paymentIntentIds)}
          UNION ALL SELECT ${ofFound(checkoutIntents.stripePaymentIntentId)} UNION ALL ${paymentsOf(store, invoices)})`,
      ),
    /** The checkout's own, the reported one, and those that name the checkout in their metadata. */
    subscriptions: build
      .select()
      .from(billingSubscriptions)
      .where(
        sql`${billingSubscriptions.ownerUserId} = ${store.ownerUserId} AND (${billingSubscriptions.stripeSubscriptionId} = ${target.subscriptionId ?? null}
          OR ${billingSubscriptions.stripeSubscriptionId} = ${ownSubscription}
          OR ${billingSubscriptions.checkoutIntentId} = ${ofFound(checkoutIntents.id)})`,
      ),
    planEntitlement: build.select().from(publisherPlanEntitlements).where(ofIntent(publisherPlanEntitlements)).limit(1),
    planPolicy: build
      .select()
      .from(accessPolicies)
      .where(
        sql`${accessPolicies.ownerUserId} = ${store.ownerUserId} AND ${accessPolicies.productId} = ${ofFound(checkoutIntents.productId)}`,
      ),
  };
}

/** The id of the checkout that a report is about; no row where there is none. */
export function purchaseNamed(store: Store, target: PurchaseTarget) {
  return store.db.build
    .select({ id: checkoutIntents.id })
    .from(checkoutIntents)
    .where(and(eq(checkoutIntents.ownerUserId, store.ownerUserId), intentCondition(store, target)))
    .limit(1);
}

/**
 * A purchase is found by its own session, payment, invoice or subscription, by a payment or invoice of its plan's later
 * periods, and by the checkout id in an object's metadata.
 */
export function intentCondition(store: Store, target: PurchaseTarget): SQL {
  const { checkoutIntentId, sessionId, subscriptionId, paymentIntentIds = [], invoiceIds = [] } = target;
  const payments = listed(paymentIntentIds);
  const invoices = sql`${listed(invoiceIds)} UNION ALL SELECT ${paymentFacts.stripeObjectId} FROM ${paymentFacts}
    WHERE ${paymentFacts.ownerUserId} = ${store.ownerUserId} AND ${paymentFacts.kind} = 'invoice_payment'
    AND ${paymentFacts.stripePaymentIntentId} IN (${payments})`;
  const subscriptions = sql`SELECT ${billingInvoices.stripeSubscriptionId} FROM ${billingInvoices}
    WHERE ${billingInvoices.ownerUserId} = ${store.ownerUserId} AND ${billingInvoices.stripeInvoiceId} IN (${invoices})`;
  const byMoney = [
    sql`${checkoutIntents.stripePaymentIntentId} IN (${payments})`,
    sql`${checkoutIntents.stripeInvoiceId} IN (${invoices})`,
    sql`${checkoutIntents.stripeSubscriptionId} IN (${subscriptions})`,
  ];
  const named = [
    ...(paymentIntentIds.length + invoiceIds.length > 0 ? byMoney : []),
    ...(sessionId ? [eq(checkoutIntents.stripeCheckoutSessionId, sessionId)] : []),
    ...(subscriptionId ? [eq(checkoutIntents.stripeSubscriptionId, subscriptionId)] : []),
    ...(checkoutIntentId ? [eq(checkoutIntents.id, checkoutIntentId)] : []),
  ];
  // Without any id: no checkout has the empty id, and the primary key finds that out.
  return or(...named) ?? eq(checkoutIntents.id, "");
}

/** A subselect of the payments that paid some invoices, from the stored invoice payments. */
export function paymentsOf(store: Store, invoices: SQL): SQL {
  return sql`SELECT ${paymentFacts.stripePaymentIntentId} FROM ${paymentFacts} WHERE ${paymentFacts.ownerUserId} = ${store.ownerUserId}
    AND ${paymentFacts.kind} = 'invoice_payment' AND ${paymentFacts.stripeObjectId} IN (${invoices})`;
}

/** The invoice of the latest period that was paid for. */
export function latestInvoice(store: Store, subscriptionId: SQL): SQL {
  return sql`(SELECT ${billingInvoices.stripeInvoiceId} FROM ${billingInvoices} WHERE ${billingInvoices.ownerUserId} = ${store.ownerUserId}
    AND ${billingInvoices.stripeSubscriptionId} = ${subscriptionId}
    ORDER BY ${billingInvoices.periodStart} DESC, ${billingInvoices.stripeInvoiceId} DESC LIMIT 1)`;
}

const listed = (ids: readonly string[] = []): SQL => sql`SELECT value FROM json_each(${JSON.stringify(ids)})`;
