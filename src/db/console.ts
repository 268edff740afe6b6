import { and, asc, desc, eq, gt, isNull, ne, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import type { IntentRow } from "./checkouts.ts";
import { statusShown } from "./entitlements.ts";
import { joined } from "./joined.ts";
import { noteOf, noteText } from "./personal-notes.ts";
import { chargedAs } from "./plans.ts";
import {
  affiliateCommissionLedgerActions,
  approvals,
  billingSubscriptions,
  checkoutIntents,
  grantLimits,
  oauthGrants,
  operations,
  paymentAuditEvents,
  personalNotes,
  productEntitlements,
  user,
} from "./schema/index.ts";
import type { BlockedReason, StripeMode, TaxBehavior } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

/** Rows that a table on the overview, or the list of webhook events, shows at most. */
export const SHOWN = 50;

/** Name and e-mail address of the person behind a row: for pages of the owner only, never in JSON. */
const person = {
  personName: sql<string | null>`${user.name}`.as("person_name"),
  personEmail: sql<string | null>`${user.email}`.as("person_email"),
};

/** The pending approvals of this person, or of other people, the one that ends soonest first; one more than is shown. */
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

/** The review actions on a ledger entry with their reasons and reviewers, newest first. */
export function reviewsOf(store: Store, commissionLedgerId: string) {
  const actions = affiliateCommissionLedgerActions;
  return store.db.build
    .select({ action: joined(actions, "action"), ...person, reason: noteText })
    .from(actions)
    .leftJoin(personalNotes, noteOf(store, actions.id, "review_reason"))
    .leftJoin(user, eq(user.id, actions.actorUserId))
    .where(and(eq(actions.ownerUserId, store.ownerUserId), eq(actions.commissionLedgerId, commissionLedgerId)))
    .orderBy(desc(actions.createdAt), desc(actions.id))
    .limit(SHOWN);
}

/** An entitlement with its person, if known, and the checkout that it came from. */
export function entitlementDetails(store: Store, id: string) {
  const { ownerUserId } = productEntitlements;
  return store.db.build
    .select({
      entitlement: {
        ...joined(productEntitlements, "entitlement"),
        status: statusShown(store).as("entitlement_status_shown"),
      },
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

/** Person, client name and checkout mode of an operation. The client name is that of its latest consent. */
const operationContext = {
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

/** A page of all operations with person, client and mode, newest first. */
export function operationDetailsPage(store: Store, after: ListPosition | undefined) {
  const { createdAt, id } = operations;
  return store.db.build
    .select({ operation: joined(operations, "operation"), ...operationContext })
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

/** One operation with person, client, mode, and the state of its checkout. */
export function operationDetails(store: Store, id: string) {
  return store.db.build
    .select({
      operation: joined(operations, "operation"),
      ...operationContext,
      blockedReason: sql<BlockedReason | null>`${checkoutIntents.blockedReason}`.as("blocked_reason"),
      planSlug: sql<string | null>`${checkoutIntents.planSlug}`.as("plan_slug"),
      amountCents: sql<number | null>`${checkoutIntents.amountCents}`.as("amount_cents"),
      paidCents: sql<number | null>`${checkoutIntents.paidCents}`.as("paid_cents"),
      taxCents: sql<number | null>`${checkoutIntents.taxCents}`.as("tax_cents"),
      taxBehavior: sql<TaxBehavior | null>`${checkoutIntents.taxBehavior}`.as("tax_behavior"),
      currency: sql<string | null>`${checkoutIntents.currency}`.as("currency"),
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

/** An approval with its person and client, by the operation id that it reserved. */
export function approvalDetails(store: Store, operationId: string) {
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

/** The latest blocked checkouts, each with its person. */
export function blockedCheckouts(store: Store) {
  return store.db.build
    .select({ intent: joined(checkoutIntents, "intent"), ...person })
    .from(checkoutIntents)
    .leftJoin(user, eq(user.id, checkoutIntents.actorId))
    .where(and(eq(checkoutIntents.ownerUserId, store.ownerUserId), eq(checkoutIntents.status, "blocked")))
    .orderBy(desc(checkoutIntents.createdAt))
    .limit(SHOWN);
}

/** A page of all live consents with their people, newest first. */
export function connectedClients(store: Store, after: ListPosition | undefined) {
  const { createdAt, id } = oauthGrants;
  // The limits of other people's apps are their own affair.
  const ownLimits = sql<number>`${oauthGrants.userId} = ${store.ownerUserId} AND EXISTS (SELECT 1 FROM ${grantLimits} WHERE ${grantLimits.grantId} = ${id})`;
  return store.db.build
    .select({ grant: joined(oauthGrants, "grant"), ...person, ownLimits: ownLimits.as("own_limits") })
    .from(oauthGrants)
    .leftJoin(user, eq(user.id, oauthGrants.userId))
    .where(and(isNull(oauthGrants.revokedAt), after && sql`(${createdAt}, ${id}) < (${after.createdAt}, ${after.id})`))
    .orderBy(desc(createdAt), desc(id))
    .limit(PAGE_SIZE + 1);
}
