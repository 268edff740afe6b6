import { and, desc, eq, type InferInsertModel, type InferSelectModel, inArray, isNull, sql } from "drizzle-orm";
import { guardChanged, type Query } from "./database.ts";
import { idsAmong } from "./ids-among.ts";
import { stripeWebhookEvents } from "./schema/index.ts";
import type { Store } from "./store.ts";

export type EventRow = InferSelectModel<typeof stripeWebhookEvents>;

export function webhookEventById(store: Store, id: string) {
  return store.db.build
    .select()
    .from(stripeWebhookEvents)
    .where(and(eq(stripeWebhookEvents.ownerUserId, store.ownerUserId), eq(stripeWebhookEvents.id, id)))
    .limit(1);
}

/** An event by its public reference. */
export function webhookEventByReference(store: Store, reference: string) {
  return store.db.build
    .select()
    .from(stripeWebhookEvents)
    .where(and(eq(stripeWebhookEvents.ownerUserId, store.ownerUserId), eq(stripeWebhookEvents.reference, reference)))
    .limit(1);
}

/** Which of these Stripe event ids are stored, in any status. */
export function knownEventIds(store: Store, ids: readonly string[]) {
  return store.db.build
    .select({ id: stripeWebhookEvents.id })
    .from(stripeWebhookEvents)
    .where(
      and(eq(stripeWebhookEvents.ownerUserId, store.ownerUserId), sql`${stripeWebhookEvents.id} IN ${idsAmong(ids)}`),
    );
}

/** Notes when Stripe first delivered an event that the event list had before; a delivery that contradicts it is not noted. */
export function noteDelivered(
  store: Store,
  { id, apiVersion, payloadSha256 }: Pick<EventRow, "id" | "apiVersion" | "payloadSha256">,
): Query {
  return store.db.build
    .update(stripeWebhookEvents)
    .set({ deliveredAt: store.clock.now() })
    .where(
      and(
        eq(stripeWebhookEvents.ownerUserId, store.ownerUserId),
        eq(stripeWebhookEvents.id, id),
        isNull(stripeWebhookEvents.deliveredAt),
        sql`(${stripeWebhookEvents.payloadSha256} = ${payloadSha256} OR ${stripeWebhookEvents.apiVersion} IS NOT ${apiVersion})`,
      ),
    );
}

/** The statuses from which an event is applied again. */
export const UNFINISHED = ["received", "failed"] as const;
/** The statuses from which the owner can replay an event: all but `processed`. */
export const REPLAYABLE = [...UNFINISHED, "blocked", "ignored"] as const;

/**
 * Writes the row of an event that this batch applies: inserts a new one, and changes one in a status of `from`. Aborts the
 * batch with `event_taken` in every other status.
 */
export function takeEvent(
  store: Store,
  row: InferInsertModel<typeof stripeWebhookEvents>,
  from: readonly EventRow["status"][] = UNFINISHED,
): Query[] {
  const { status, error, attempts, processedAt, updatedAt, checkoutIntentId, payloadRedactedJson } = row;
  const { apiVersion, payloadSha256 } = row;
  return [
    store.db.build
      .insert(stripeWebhookEvents)
      .values(row)
      .onConflictDoUpdate({
        target: [stripeWebhookEvents.ownerUserId, stripeWebhookEvents.id],
        set: {
          ...{ status, error, attempts, processedAt, updatedAt, checkoutIntentId, payloadRedactedJson },
          // The row tells of the arrival that was applied last.
          ...{ apiVersion, payloadSha256 },
          deliveredAt: sql`coalesce(${stripeWebhookEvents.deliveredAt}, excluded.delivered_at)`,
        },
        setWhere: inArray(stripeWebhookEvents.status, [...from]),
      }),
    guardChanged(store.db, "event_taken"),
  ];
}

/** The latest webhook events that failed, or that are blocked. */
export function eventsWithStatus(store: Store, status: "failed" | "blocked", limit: number) {
  return store.db.build
    .select()
    .from(stripeWebhookEvents)
    .where(and(eq(stripeWebhookEvents.ownerUserId, store.ownerUserId), eq(stripeWebhookEvents.status, status)))
    .orderBy(desc(stripeWebhookEvents.receivedAt))
    .limit(limit);
}
