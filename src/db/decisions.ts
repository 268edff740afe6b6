import { and, asc, eq, type InferInsertModel, type InferSelectModel, inArray } from "drizzle-orm";
import { joined } from "./joined.ts";
import { OFFER_PRICE } from "./offers.ts";
import {
  checkoutFacts,
  checkoutIntents,
  checkoutPostPurchaseDecisions,
  commercePrices,
  offerStacks,
  stackOffers,
} from "./schema/index.ts";
import { type SealedRow, sealedRow } from "./sealed-rows.ts";
import type { OwnedDatabase, Store } from "./store.ts";
import { writtenOnce } from "./written-once.ts";

export type DecisionRow = InferSelectModel<typeof checkoutPostPurchaseDecisions>;
/** An offer that is presented after payment, with its price and its stack. */
export type PresentedOffer = Awaited<ReturnType<typeof presentedOffers>>[number];

/** The rows that decide which offer the buyer of a checkout can answer now. */
export function postPurchaseQueries(store: Store, checkoutIntentId: string) {
  return {
    presented: presentedOffers(store, checkoutIntentId),
    decisions: decisionsOf(store, checkoutIntentId),
    completion: completionOf(store, checkoutIntentId),
  };
}

/** The upsells and downsells of the checkout's stack, in the order they are shown. */
const presentedOffers = writtenOnce((store: OwnedDatabase, checkoutIntentId: string) =>
  store.db.build
    .select({
      offer: joined(stackOffers, "offer"),
      price: joined(commercePrices, "price"),
      stack: joined(offerStacks, "stack"),
    })
    .from(checkoutIntents)
    .innerJoin(
      offerStacks,
      and(eq(offerStacks.ownerUserId, checkoutIntents.ownerUserId), eq(offerStacks.id, checkoutIntents.offerStackId)),
    )
    .innerJoin(
      stackOffers,
      and(eq(stackOffers.ownerUserId, offerStacks.ownerUserId), eq(stackOffers.offerStackId, offerStacks.id)),
    )
    .innerJoin(commercePrices, OFFER_PRICE)
    .where(
      and(
        eq(checkoutIntents.ownerUserId, store.ownerUserId),
        eq(checkoutIntents.id, checkoutIntentId),
        inArray(stackOffers.role, ["upsell", "downsell"]),
        eq(stackOffers.withdrawn, 0),
      ),
    )
    .orderBy(asc(stackOffers.position)),
);

const decisionsOf = writtenOnce((store: OwnedDatabase, checkoutIntentId: string) =>
  store.db.build
    .select()
    .from(checkoutPostPurchaseDecisions)
    .where(
      and(
        eq(checkoutPostPurchaseDecisions.ownerUserId, store.ownerUserId),
        eq(checkoutPostPurchaseDecisions.checkoutIntentId, checkoutIntentId),
      ),
    )
    .orderBy(asc(checkoutPostPurchaseDecisions.createdAt)),
);

/** When Stripe reported the session as complete. */
const completionOf = writtenOnce((store: OwnedDatabase, checkoutIntentId: string) =>
  store.db.build
    .select({ completedAt: checkoutFacts.occurredAt })
    .from(checkoutFacts)
    .where(
      and(
        eq(checkoutFacts.ownerUserId, store.ownerUserId),
        eq(checkoutFacts.checkoutIntentId, checkoutIntentId),
        eq(checkoutFacts.fact, "session_complete"),
      ),
    )
    .limit(1),
);

export function decisionToInsert(
  store: Store,
  row: InferInsertModel<typeof checkoutPostPurchaseDecisions>,
): Promise<SealedRow> {
  return sealedRow(store, checkoutPostPurchaseDecisions, row);
}
