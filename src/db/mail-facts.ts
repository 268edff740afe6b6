import { and, eq, isNull, sql } from "drizzle-orm";
import { intentById, pricedLinesOf } from "./checkouts.ts";
import { givenByOrder } from "./given.ts";
import type { MailRow } from "./mail-sending.ts";
import { businessRow } from "./operations.ts";
import { payerOf } from "./order-payers.ts";
import { planGiven } from "./plans.ts";
import { approvals, checkoutIntents, checkoutPostPurchaseDecisions, stackOffers, user } from "./schema/index.ts";
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

/** An approval that still waits, with the person whom it asks. */
export function waitingApproval(store: Store, approvalId: string) {
  return store.db.build
    .select({ actorId: approvals.actorId, email: user.email, emailVerified: user.emailVerified })
    .from(approvals)
    .innerJoin(user, eq(user.id, approvals.actorId))
    .where(
      and(
        eq(approvals.ownerUserId, store.ownerUserId),
        eq(approvals.id, approvalId),
        sql`${approvals.status} = 'pending' AND ${approvals.expiresAt} > ${store.clock.now()}`,
        isNull(user.erasedAt),
      ),
    )
    .limit(1);
}
