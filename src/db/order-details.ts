import { and, asc, desc, eq, type SQL, sql } from "drizzle-orm";
import type { ListPosition } from "../base/list.ts";
import { linesOf } from "./checkouts.ts";
import { statusShown } from "./entitlements.ts";
import { joined } from "./joined.ts";
import { ledgerEntryOf } from "./ledger.ts";
import { payerOf } from "./order-payers.ts";
import { timelineQueries } from "./order-timeline.ts";
import { personOfOrder } from "./orders.ts";
import { paymentsOf } from "./purchase-rows.ts";
import {
  answerFollowUps,
  billingInvoices,
  billingSubscriptions,
  checkoutIntents,
  checkoutPostPurchaseDecisions,
  commerceProducts,
  fileDownloads,
  mailOutbox,
  oauthGrants,
  operations,
  paymentFacts,
  plans,
  productEntitlements,
  productFulfillmentTasks,
  publisherPlanEntitlements,
  stackOffers,
  user,
} from "./schema/index.ts";
import type { ActorKind, FollowUpStatus, Proof } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

/** The most paid periods of a plan that an order's page shows, the newest first. */
export const MOST_PERIODS = 12;
/** The most mails that an order's page shows, the newest first. */
const MOST_MAILS = 25;

/** The queries of one order's page: all that hangs on it, and a page of its timeline. */
export function orderQueries(store: Store, id: string, after: ListPosition | undefined) {
  const ofOrder = (column: SQL | typeof checkoutIntents.operationId) => sql`(SELECT ${column} FROM ${checkoutIntents}
    WHERE ${checkoutIntents.ownerUserId} = ${store.ownerUserId} AND ${checkoutIntents.id} = ${id})`;
  return {
    order: orderById(store, id),
    lines: linesOf(store, id),
    payer: payerOf(store, id),
    periods: periodsOf(store, id),
    payments: paymentsOfOrder(store, id),
    access: accessOf(store, id),
    plan: planOf(store, id),
    evidence: ledgerEntryOf(store, id),
    answers: answersOf(store, id),
    mails: mailsOf(store, id),
    ...timelineQueries(store, { id, operationId: ofOrder(checkoutIntents.operationId) }, after),
  };
}

/** The order with its account's person, and how it was asked for: by which app, for whom, with what proof. */
function orderById(store: Store, id: string) {
  const { ownerUserId, operationId, actorId } = checkoutIntents;
  return store.db.build
    .select({
      intent: joined(checkoutIntents, "intent"),
      ...personOfOrder,
      proof: sql<Proof | null>`${operations.proof}`.as("proof"),
      actorKind: sql<ActorKind | null>`${operations.actorKind}`.as("actor_kind"),
      clientId: sql<string | null>`${operations.clientId}`.as("client_id"),
      clientDeclared: sql<string | null>`${operations.clientDeclared}`.as("client_declared"),
      clientName: sql<string | null>`(SELECT ${oauthGrants.clientName} FROM ${oauthGrants}
        WHERE ${oauthGrants.userId} = ${actorId} AND ${oauthGrants.clientId} = ${operations.clientId}
        ORDER BY ${oauthGrants.createdAt} DESC LIMIT 1)`.as("client_name"),
    })
    .from(checkoutIntents)
    .leftJoin(user, eq(user.id, actorId))
    .leftJoin(operations, and(eq(operations.ownerUserId, ownerUserId), eq(operations.id, operationId)))
    .where(and(eq(ownerUserId, store.ownerUserId), eq(checkoutIntents.id, id)))
    .limit(1);
}

const newestPeriods = (store: Store, id: string) =>
  and(eq(billingInvoices.ownerUserId, store.ownerUserId), eq(billingInvoices.checkoutIntentId, id));

/** The newest paid periods of a plan and one more, each with the payment that paid it. */
function periodsOf(store: Store, id: string) {
  const { periodStart, periodEnd, amountCents, taxCents, currency, paidAt, unserved, stripeInvoiceId } =
    billingInvoices;
  return store.db.build
    .select({
      ...{ stripeInvoiceId, periodStart, periodEnd, amountCents, taxCents, currency, paidAt, unserved },
      stripePaymentIntentId: sql<string | null>`(${paymentsOf(store, sql`${stripeInvoiceId}`)} LIMIT 1)`.as("paid_by"),
    })
    .from(billingInvoices)
    .where(newestPeriods(store, id))
    .orderBy(desc(periodStart), desc(stripeInvoiceId))
    .limit(MOST_PERIODS + 1);
}

/** What went back of the order's payment and of those of its newest periods. */
function paymentsOfOrder(store: Store, id: string) {
  const invoices = sql`SELECT newest.stripe_invoice_id FROM (SELECT ${billingInvoices.stripeInvoiceId} FROM ${billingInvoices}
    WHERE ${newestPeriods(store, id)} ORDER BY ${billingInvoices.periodStart} DESC LIMIT ${MOST_PERIODS}) AS newest`;
  const own = sql`SELECT ${checkoutIntents.stripePaymentIntentId} FROM ${checkoutIntents}
    WHERE ${checkoutIntents.ownerUserId} = ${store.ownerUserId} AND ${checkoutIntents.id} = ${id}`;
  const { stripePaymentIntentId, kind, state, amountCents } = paymentFacts;
  return store.db.build
    .select({ stripePaymentIntentId, kind, state, amountCents })
    .from(paymentFacts)
    .where(
      sql`${paymentFacts.ownerUserId} = ${store.ownerUserId}
        AND ${stripePaymentIntentId} IN (${own} UNION ALL ${paymentsOf(store, invoices)})`,
    );
}

/** The access of an order, each with its product's name, its task, and how often its files were downloaded. */
function accessOf(store: Store, id: string) {
  const { ownerUserId } = productEntitlements;
  const downloads = (
    what: SQL,
  ) => sql`(SELECT ${what} FROM ${fileDownloads} WHERE ${fileDownloads.ownerUserId} = ${ownerUserId}
    AND ${fileDownloads.entitlementId} = ${productEntitlements.id})`;
  return store.db.build
    .select({
      id: sql<string>`${productEntitlements.id}`.as("entitlement_id"),
      status: statusShown(store).as("entitlement_status"),
      grantedAt: productEntitlements.grantedAt,
      productName: sql<string | null>`${commerceProducts.name}`.as("product_name"),
      task: joined(productFulfillmentTasks, "task"),
      downloads: sql<number>`coalesce(${downloads(sql`sum(${fileDownloads.downloads})`)}, 0)`.as("downloads"),
      lastDownloadAt: sql<number | null>`${downloads(sql`max(${fileDownloads.lastAt})`)}`.as("last_download_at"),
    })
    .from(productEntitlements)
    .leftJoin(
      commerceProducts,
      and(
        eq(commerceProducts.ownerUserId, ownerUserId),
        eq(commerceProducts.id, productEntitlements.sourceCommerceProductId),
      ),
    )
    .leftJoin(
      productFulfillmentTasks,
      and(
        eq(productFulfillmentTasks.ownerUserId, ownerUserId),
        eq(productFulfillmentTasks.entitlementId, productEntitlements.id),
      ),
    )
    .where(and(eq(ownerUserId, store.ownerUserId), eq(productEntitlements.checkoutIntentId, id)))
    .orderBy(asc(productEntitlements.id));
}

/** The plan of an order with what it gives now, and its subscription. */
function planOf(store: Store, id: string) {
  const { ownerUserId } = checkoutIntents;
  return store.db.build
    .select({
      name: sql<string>`${plans.name}`.as("plan_name"),
      entitlement: joined(publisherPlanEntitlements, "entitlement"),
      subscription: joined(billingSubscriptions, "subscription"),
    })
    .from(checkoutIntents)
    .innerJoin(plans, and(eq(plans.ownerUserId, ownerUserId), eq(plans.slug, checkoutIntents.planSlug)))
    .leftJoin(
      publisherPlanEntitlements,
      and(
        eq(publisherPlanEntitlements.ownerUserId, ownerUserId),
        eq(publisherPlanEntitlements.checkoutIntentId, checkoutIntents.id),
      ),
    )
    .leftJoin(
      billingSubscriptions,
      and(
        eq(billingSubscriptions.ownerUserId, ownerUserId),
        eq(billingSubscriptions.stripeSubscriptionId, checkoutIntents.stripeSubscriptionId),
      ),
    )
    .where(and(eq(ownerUserId, store.ownerUserId), eq(checkoutIntents.id, id)))
    .limit(1);
}

/** What the buyer answered to later offers, and whether the owner has talked to them. One answer for an offer. */
function answersOf(store: Store, id: string) {
  const decisions = checkoutPostPurchaseDecisions;
  return store.db.build
    .select({
      decisionKind: decisions.decisionKind,
      createdAt: sql<number>`${decisions.createdAt}`.as("answered_at"),
      offerName: sql<string | null>`${stackOffers.name}`.as("offer_name"),
      followUp: sql<FollowUpStatus | null>`${answerFollowUps.status}`.as("follow_up"),
    })
    .from(decisions)
    .leftJoin(
      stackOffers,
      and(
        eq(stackOffers.ownerUserId, decisions.ownerUserId),
        eq(stackOffers.publicOfferId, decisions.presentedOfferId),
      ),
    )
    .leftJoin(
      answerFollowUps,
      and(eq(answerFollowUps.ownerUserId, decisions.ownerUserId), eq(answerFollowUps.decisionId, decisions.id)),
    )
    .where(and(eq(decisions.ownerUserId, store.ownerUserId), eq(decisions.checkoutIntentId, id)))
    .orderBy(asc(decisions.createdAt), asc(decisions.id));
}

/** The newest mails of an order, without an address or a text: no row has one. */
function mailsOf(store: Store, id: string) {
  const { mailKind, status, createdAt, sentAt } = mailOutbox;
  return store.db.build
    .select({ mailKind, status, createdAt, sentAt })
    .from(mailOutbox)
    .where(and(eq(mailOutbox.ownerUserId, store.ownerUserId), eq(mailOutbox.checkoutIntentId, id)))
    .orderBy(desc(createdAt), desc(mailOutbox.id))
    .limit(MOST_MAILS);
}
