import { and, desc, eq, type SQL, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { nextVersion } from "../base/time.ts";
import { guardChanged, type Query } from "./database.ts";
import { joined } from "./joined.ts";
import { OFFER_PRICE } from "./offers.ts";
import { personOfOrder } from "./orders.ts";
import {
  answerFollowUps,
  checkoutIntents,
  checkoutPostPurchaseDecisions,
  commercePrices,
  orderPayers,
  stackOffers,
  user,
} from "./schema/index.ts";
import type { FollowUpStatus, TaxBehavior } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

/** A "yes, talk to me" as the owner's list shows it. */
export type ListedAnswer = Awaited<ReturnType<typeof answersPage>>[number];

const { ownerUserId, decisionId, checkoutIntentId, status, createdAt, updatedAt } = answerFollowUps;

/** The answers with their offers and people, narrowed by a condition. A withdrawn offer keeps its name and price here. */
function answers(store: Store, where: SQL | undefined) {
  const decisions = checkoutPostPurchaseDecisions;
  return store.db.build
    .select({
      ...{ decisionId, checkoutIntentId, status, createdAt, updatedAt },
      offerName: sql<string | null>`${stackOffers.name}`.as("offer_name"),
      unitAmountCents: sql<number | null>`${commercePrices.unitAmountCents}`.as("unit_amount_cents"),
      currency: sql<string | null>`${commercePrices.currency}`.as("currency"),
      taxBehavior: sql<TaxBehavior | null>`${commercePrices.taxBehavior}`.as("tax_behavior"),
      payer: { ...joined(orderPayers, "payer") },
      ...personOfOrder,
    })
    .from(answerFollowUps)
    .innerJoin(decisions, and(eq(decisions.ownerUserId, ownerUserId), eq(decisions.id, decisionId)))
    .innerJoin(
      checkoutIntents,
      and(eq(checkoutIntents.ownerUserId, ownerUserId), eq(checkoutIntents.id, checkoutIntentId)),
    )
    .leftJoin(
      stackOffers,
      and(eq(stackOffers.ownerUserId, ownerUserId), eq(stackOffers.publicOfferId, decisions.presentedOfferId)),
    )
    .leftJoin(commercePrices, OFFER_PRICE)
    .leftJoin(
      orderPayers,
      and(eq(orderPayers.ownerUserId, ownerUserId), eq(orderPayers.checkoutIntentId, checkoutIntentId)),
    )
    .leftJoin(user, eq(user.id, checkoutIntents.actorId))
    .where(and(eq(ownerUserId, store.ownerUserId), where));
}

/** A page of the answers that are open, or of those that are done, the newest first. */
export function answersPage(store: Store, of: FollowUpStatus, after: ListPosition | undefined) {
  return answers(
    store,
    and(eq(status, of), after && sql`(${createdAt}, ${decisionId}) < (${after.createdAt}, ${after.id})`),
  )
    .orderBy(desc(createdAt), desc(decisionId))
    .limit(PAGE_SIZE + 1);
}

/** One answer; no row for an unknown id, a "no", and that of another business. */
export const answerById = (store: Store, id: string) => answers(store, eq(decisionId, id)).limit(1);

/** The open answers, counted up to a limit. */
export function openAnswers(store: Store, limit: number) {
  return store.db.build
    .select({ decisionId })
    .from(answerFollowUps)
    .where(and(eq(ownerUserId, store.ownerUserId), eq(status, "open")))
    .limit(limit);
}

/** Notes a "yes, talk to me" for the owner, in the batch that stores the answer. */
export function insertFollowUp(
  store: Store,
  ids: { decisionId: string; checkoutIntentId: string },
  now: number,
): Query {
  return store.db.build
    .insert(answerFollowUps)
    .values({ ownerUserId: store.ownerUserId, ...ids, status: "open", createdAt: now, updatedAt: now });
}

/** Sets the status of an answer as it was read; aborts with `stale_state` when it has changed since. */
export function putFollowUp(store: Store, answer: ListedAnswer, to: FollowUpStatus, now: number): Query[] {
  return [
    store.db.build
      .update(answerFollowUps)
      .set({ status: to, updatedAt: nextVersion(answer.updatedAt, now) })
      .where(
        and(
          eq(ownerUserId, store.ownerUserId),
          eq(decisionId, answer.decisionId),
          eq(status, answer.status),
          eq(updatedAt, answer.updatedAt),
        ),
      ),
    guardChanged(store.db, "stale_state"),
  ];
}
