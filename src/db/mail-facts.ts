import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import { intentById, pricedLinesOf } from "./checkouts.ts";
import { givenByOrder } from "./given.ts";
import type { MailRow } from "./mail-sending.ts";
import { businessRow } from "./operations.ts";
import { payerOf } from "./order-payers.ts";
import { planGiven } from "./plans.ts";
import {
  approvalMailSettings,
  approvals,
  checkoutIntents,
  checkoutPostPurchaseDecisions,
  stackOffers,
  user,
} from "./schema/index.ts";
import { wantedNow } from "./sold-mode.ts";
import type { Store } from "./store.ts";

/** What a mail to a buyer is made of, as it stands when it is sent: the order, its people, what it gave, and the answer. */
export function buyerMailQueries(store: Store, { checkoutIntentId, subjectId }: MailRow) {
  const intentId = checkoutIntentId ?? "";
  return {
    business: businessRow(store),
    intent: intentById(store, intentId),
    lines: pricedLinesOf(store, intentId),
    payer: payerOf(store, intentId),
    account: accountOf(store, intentId),
    given: givenByOrder(store, intentId),
    plan: planGiven(store, intentId),
    wanted: wantedNow(store, intentId),
    answer: answer(store, subjectId),
  };
}

/** The person of the account that started an order. */
function accountOf(store: Store, checkoutIntentId: string) {
  return store.db.build
    .select({ email: user.email, emailVerified: user.emailVerified, erasedAt: user.erasedAt })
    .from(checkoutIntents)
    .innerJoin(user, eq(user.id, checkoutIntents.buyerUserId))
    .where(and(eq(checkoutIntents.ownerUserId, store.ownerUserId), eq(checkoutIntents.id, checkoutIntentId)))
    .limit(1);
}

/** A buyer's answer to an offer, with the offer's name. */
function answer(store: Store, decisionId: string) {
  const { ownerUserId, id, presentedOfferId, decisionKind } = checkoutPostPurchaseDecisions;
  return store.db.build
    .select({ decisionKind, offerName: stackOffers.name })
    .from(checkoutPostPurchaseDecisions)
    .leftJoin(
      stackOffers,
      and(
        eq(stackOffers.ownerUserId, ownerUserId),
        eq(stackOffers.offerStackId, checkoutPostPurchaseDecisions.offerStackId),
        eq(stackOffers.publicOfferId, presentedOfferId),
      ),
    )
    .where(and(eq(ownerUserId, store.ownerUserId), eq(id, decisionId)))
    .limit(1);
}

/** The switch of a person who wants no mail of what waits. */
export const isSwitchedOff = (userId: AnySQLiteColumn): SQL =>
  sql`EXISTS (SELECT 1 FROM ${approvalMailSettings} WHERE ${approvalMailSettings.userId} = ${userId} AND ${approvalMailSettings.told} = 0)`;

/**
 * An approval that still waits, with the person whom it asks, unless they switched these mails off; and how many wait for
 * them in all.
 */
export function waitingApproval(store: Store, approvalId: string) {
  return store.db.build
    .select({
      actorId: approvals.actorId,
      email: user.email,
      emailVerified: user.emailVerified,
      waiting:
        sql<number>`(SELECT count(*) FROM ${approvals} AS "theirs" WHERE "theirs"."owner_user_id" = ${store.ownerUserId}
        AND "theirs"."actor_id" = ${approvals.actorId} AND "theirs"."status" = 'pending'
        AND "theirs"."expires_at" > ${store.clock.now()})`.as("waiting"),
    })
    .from(approvals)
    .innerJoin(user, eq(user.id, approvals.actorId))
    .where(
      and(
        eq(approvals.ownerUserId, store.ownerUserId),
        eq(approvals.id, approvalId),
        sql`${approvals.status} = 'pending' AND ${approvals.expiresAt} > ${store.clock.now()}`,
        isNull(user.erasedAt),
        sql`NOT ${isSwitchedOff(approvals.actorId)}`,
      ),
    )
    .limit(1);
}
