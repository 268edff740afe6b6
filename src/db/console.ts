import { and, asc, desc, eq, gt, isNull, ne, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import type { IntentRow } from "./checkouts.ts";
import { joined } from "./joined.ts";
import { chargedAs } from "./plans.ts";
import {
  accessProducts,
  affiliateCommissionLedgerActions,
  approvals,
  billingSubscriptions,
  catalogAssets,
  checkoutIntents,
  commissionLedgerTotals,
  minimumProofs,
  oauthGrants,
  openRevocationIntents,
  operations,
  paymentAuditEvents,
  productEntitlements,
  stripeWebhookEvents,
  user,
} from "./schema/index.ts";
import type { BlockedReason, StripeMode } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

/** Rows of a table on the overview and of webhook events: enough to act on, however many there are. */
export const SHOWN = 50;

/** Name and e-mail address of the person behind a row: for the owner's own pages, and in no JSON. */
const person = {
  personName: sql<string | null>`${user.name}`.as("person_name"),
  personEmail: sql<string | null>`${user.email}`.as("person_email"),
};

/** What waits for a person's own yes, or for the yes of anybody else and one more than is shown, the soonest first. */
export function waitingApprovals(store: Store, whose: "own" | "others", userId: string) {
  return store.db.build
    .select({
      approval: joined(approvals, "approval"),
      ...person,
      clientName: sql<string | null>`${oauthGrants.clientName}`.as("client_name"),
    })
    .from(approvals)
    .leftJoin(user, eq(user.id, approvals.actorId))
    .leftJoin(oauthGrants, eq(oauthGrants.id, approvals.grantId))
    .where(
      and(
        eq(approvals.ownerUserId, store.ownerUserId),
        whose === "own" ? eq(approvals.actorId, userId) : ne(approvals.actorId, userId),
        sql`${approvals.status} = 'pending'`,
        gt(approvals.expiresAt, store.clock.now()),
      ),
    )
    .orderBy(asc(approvals.expiresAt))
    .limit(SHOWN + 1);
}

/** How many ledger entries nobody has looked at; kept by triggers, so nothing is counted. */
export function unreviewedEntries(store: Store) {
  return store.db.build
    .select({ total: sql<number>`coalesce(sum(${commissionLedgerTotals.totalLedgers}), 0)`.as("total") })
    .from(commissionLedgerTotals)
    .where(
      and(
        eq(commissionLedgerTotals.ownerUserId, store.ownerUserId),
        eq(commissionLedgerTotals.ledgerStatus, "review_only"),
        eq(commissionLedgerTotals.reviewStatus, "refund_window_open"),
      ),
    );
}

/** Open notes that access should be removed, up to a bound. */
export function openIntents(store: Store, limit: number) {
  return store.db.build
    .select({ id: openRevocationIntents.revocationIntentId })
    .from(openRevocationIntents)
    .where(eq(openRevocationIntents.ownerUserId, store.ownerUserId))
    .limit(limit);
}

/** Which of some intents are open, by their ids. One bound value, however many ids. */
export function openAmong(store: Store, after: ListPosition | undefined) {
  return store.db.build
    .select({ id: openRevocationIntents.revocationIntentId })
    .from(openRevocationIntents)
    .where(
      and(
        eq(openRevocationIntents.ownerUserId, store.ownerUserId),
        sql`${openRevocationIntents.revocationIntentId} IN (SELECT id FROM product_entitlement_revocation_intents
          WHERE owner_user_id = ${store.ownerUserId}
          ${after ? sql`AND (created_at, id) < (${after.createdAt}, ${after.id})` : sql``}
          ORDER BY created_at DESC, id DESC LIMIT ${PAGE_SIZE})`,
      ),
    );
}

/** The actions on a ledger entry with the owner's reasons and who gave them, newest first. */
export function reviewsOf(store: Store, commissionLedgerId: string) {
  const actions = affiliateCommissionLedgerActions;
  return store.db.build
    .select({ action: joined(actions, "action"), ...person })
    .from(actions)
    .leftJoin(user, eq(user.id, actions.actorUserId))
    .where(and(eq(actions.ownerUserId, store.ownerUserId), eq(actions.commissionLedgerId, commissionLedgerId)))
    .orderBy(desc(actions.createdAt), desc(actions.id))
    .limit(SHOWN);
}

/** An entitlement with whose it is, as far as that is known, and the checkout that it came from. */
export function entitlementStory(store: Store, id: string) {
  const { ownerUserId } = productEntitlements;
  return store.db.build
    .select({
      entitlement: joined(productEntitlements, "entitlement"),
      ...person,
      checkoutStatus: sql<IntentRow["status"] | null>`${checkoutIntents.status}`.as("checkout_status"),
      stripeMode: sql<StripeMode | null>`${checkoutIntents.stripeMode}`.as("checkout_mode"),
    })
    .from(productEntitlements)
    .leftJoin(user, eq(user.id, productEntitlements.buyerUserId))
    .leftJoin(
      checkoutIntents,
      and(eq(checkoutIntents.ownerUserId, ownerUserId), eq(checkoutIntents.id, productEntitlements.checkoutIntentId)),
    )
    .where(and(eq(ownerUserId, store.ownerUserId), eq(productEntitlements.id, id)))
    .limit(1);
}

/** The name under which a person let a client in, and the mode of the checkout that an operation touched. */
const storyOf = {
  ...person,
  clientName: sql<string | null>`(SELECT ${oauthGrants.clientName} FROM ${oauthGrants}
    WHERE ${oauthGrants.userId} = ${operations.actorId} AND ${oauthGrants.clientId} = ${operations.clientId}
    ORDER BY ${oauthGrants.createdAt} DESC LIMIT 1)`.as("client_name"),
  stripeMode: sql<StripeMode | null>`(SELECT ${checkoutIntents.stripeMode} FROM ${paymentAuditEvents}
    JOIN ${checkoutIntents} ON ${checkoutIntents.ownerUserId} = ${paymentAuditEvents.ownerUserId}
      AND ${checkoutIntents.id} = ${paymentAuditEvents.checkoutIntentId}
    WHERE ${paymentAuditEvents.ownerUserId} = ${operations.ownerUserId}
      AND ${paymentAuditEvents.operationId} = ${operations.id} LIMIT 1)`.as("stripe_mode"),
};

/** A page of everybody's operations with who, which client and which mode, newest first. */
export function operationStories(store: Store, after: ListPosition | undefined) {
  const { createdAt, id } = operations;
  return store.db.build
    .select({ operation: joined(operations, "operation"), ...storyOf })
    .from(operations)
    .leftJoin(user, eq(user.id, operations.actorId))
    .where(
      and(
        eq(operations.ownerUserId, store.ownerUserId),
        after && sql`(${createdAt}, ${id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(PAGE_SIZE + 1);
}

/** One operation with its story. */
export function operationStory(store: Store, id: string) {
  return store.db.build
    .select({
      operation: joined(operations, "operation"),
      ...storyOf,
      blockedReason: sql<BlockedReason | null>`${checkoutIntents.blockedReason}`.as("blocked_reason"),
      planSlug: sql<string | null>`${checkoutIntents.planSlug}`.as("plan_slug"),
      chargedAs: chargedAs.as("charged_as"),
    })
    .from(operations)
    .leftJoin(user, eq(user.id, operations.actorId))
    .leftJoin(
      checkoutIntents,
      and(eq(checkoutIntents.ownerUserId, operations.ownerUserId), eq(checkoutIntents.operationId, operations.id)),
    )
    .leftJoin(
      billingSubscriptions,
      and(
        eq(billingSubscriptions.ownerUserId, operations.ownerUserId),
        eq(billingSubscriptions.stripeSubscriptionId, checkoutIntents.stripeSubscriptionId),
      ),
    )
    .where(and(eq(operations.ownerUserId, store.ownerUserId), eq(operations.id, id)))
    .limit(1);
}

/** An approval with its person and client, by the id that its operation has or would have had. */
export function approvalStory(store: Store, operationId: string) {
  return store.db.build
    .select({
      approval: joined(approvals, "approval"),
      ...person,
      clientName: sql<string | null>`${oauthGrants.clientName}`.as("client_name"),
    })
    .from(approvals)
    .leftJoin(user, eq(user.id, approvals.actorId))
    .leftJoin(oauthGrants, eq(oauthGrants.id, approvals.grantId))
    .where(and(eq(approvals.ownerUserId, store.ownerUserId), eq(approvals.operationId, operationId)))
    .limit(1);
}

/** The latest checkouts that wait for something, each with its person. */
export function blockedCheckouts(store: Store) {
  return store.db.build
    .select({ intent: joined(checkoutIntents, "intent"), ...person })
    .from(checkoutIntents)
    .leftJoin(user, eq(user.id, checkoutIntents.actorId))
    .where(and(eq(checkoutIntents.ownerUserId, store.ownerUserId), eq(checkoutIntents.status, "blocked")))
    .orderBy(desc(checkoutIntents.createdAt))
    .limit(SHOWN);
}

/** The latest webhook events in a status that a person may have to look at. */
export function eventsIn(store: Store, status: "failed" | "blocked") {
  return store.db.build
    .select()
    .from(stripeWebhookEvents)
    .where(and(eq(stripeWebhookEvents.ownerUserId, store.ownerUserId), eq(stripeWebhookEvents.status, status)))
    .orderBy(desc(stripeWebhookEvents.receivedAt))
    .limit(SHOWN);
}

/** A page of everybody's live consents with whose they are, newest first. */
export function connectedClients(store: Store, after: ListPosition | undefined) {
  const { createdAt, id } = oauthGrants;
  return store.db.build
    .select({ grant: joined(oauthGrants, "grant"), ...person })
    .from(oauthGrants)
    .leftJoin(user, eq(user.id, oauthGrants.userId))
    .where(and(isNull(oauthGrants.revokedAt), after && sql`(${createdAt}, ${id}) < (${after.createdAt}, ${after.id})`))
    .orderBy(desc(createdAt), desc(id))
    .limit(PAGE_SIZE + 1);
}

/** The person who gave a consent. */
export function grantOwner(store: Store, grantId: string) {
  return store.db.build
    .select({ userId: oauthGrants.userId })
    .from(oauthGrants)
    .where(eq(oauthGrants.id, grantId))
    .limit(1);
}

/** Every rule that the owner has set. A write without one asks for `argument`. */
export function minimumProofRows(store: Store) {
  return store.db.build.select().from(minimumProofs).where(eq(minimumProofs.ownerUserId, store.ownerUserId));
}

/** Every place of the access catalog that holds a file, with the version of its product. The catalog is small. */
export function fileAssets(store: Store) {
  return store.db.build
    .select({ asset: joined(catalogAssets, "asset"), product: joined(accessProducts, "product") })
    .from(catalogAssets)
    .innerJoin(
      accessProducts,
      and(eq(accessProducts.ownerUserId, catalogAssets.ownerUserId), eq(accessProducts.id, catalogAssets.productId)),
    )
    .where(and(eq(catalogAssets.ownerUserId, store.ownerUserId), eq(catalogAssets.kind, "file")))
    .orderBy(asc(catalogAssets.productId), asc(catalogAssets.assetId));
}
