import { and, desc, eq, type InferInsertModel } from "drizzle-orm";
import { guardChanged, type Query } from "./database.ts";
import { joined } from "./joined.ts";
import { stripeEventContradictions, stripeWebhookEvents } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** Whether an event came again with other content before. */
export function contradictionOf(store: Store, stripeEventId: string) {
  return store.db.build
    .select({ cameAt: stripeEventContradictions.cameAt })
    .from(stripeEventContradictions)
    .where(
      and(
        eq(stripeEventContradictions.ownerUserId, store.ownerUserId),
        eq(stripeEventContradictions.stripeEventId, stripeEventId),
      ),
    )
    .limit(1);
}

/** Records the first contradiction of an event; aborts the batch with `event_taken` where another arrival did. */
export function insertContradiction(
  store: Store,
  row: Omit<InferInsertModel<typeof stripeEventContradictions>, "ownerUserId">,
): Query[] {
  return [
    store.db.build
      .insert(stripeEventContradictions)
      .values({ ...row, ownerUserId: store.ownerUserId })
      .onConflictDoNothing(),
    guardChanged(store.db, "event_taken"),
  ];
}

/** The latest contradicted events, each with its row and the time at which the other content came. */
export function contradictedEvents(store: Store, limit: number) {
  const { ownerUserId, stripeEventId, cameAt } = stripeEventContradictions;
  return store.db.build
    .select({ cameAt, event: joined(stripeWebhookEvents, "event") })
    .from(stripeEventContradictions)
    .innerJoin(
      stripeWebhookEvents,
      and(eq(stripeWebhookEvents.ownerUserId, ownerUserId), eq(stripeWebhookEvents.id, stripeEventId)),
    )
    .where(eq(ownerUserId, store.ownerUserId))
    .orderBy(desc(cameAt))
    .limit(limit);
}
