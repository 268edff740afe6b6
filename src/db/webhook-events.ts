import { and, eq, type InferInsertModel, inArray } from "drizzle-orm";
import type { Context } from "../context.ts";
import { guardChanged, type Query } from "./database.ts";
import { stripeWebhookEvents } from "./schema/index.ts";

export function webhookEventById(ctx: Context, id: string) {
  return ctx.db.build
    .select()
    .from(stripeWebhookEvents)
    .where(and(eq(stripeWebhookEvents.ownerUserId, ctx.ownerUserId), eq(stripeWebhookEvents.id, id)))
    .limit(1);
}

/**
 * Takes an event for processing in this batch, or aborts the batch with `event_taken`.
 * A new event is inserted; one whose processing failed before is taken up again; any other is finished.
 */
export function takeEvent(ctx: Context, row: InferInsertModel<typeof stripeWebhookEvents>): Query[] {
  const { status, error, attempts, processedAt, updatedAt, checkoutIntentId } = row;
  return [
    ctx.db.build
      .insert(stripeWebhookEvents)
      .values(row)
      .onConflictDoUpdate({
        target: [stripeWebhookEvents.ownerUserId, stripeWebhookEvents.id],
        set: { status, error, attempts, processedAt, updatedAt, checkoutIntentId },
        setWhere: inArray(stripeWebhookEvents.status, ["received", "failed"]),
      }),
    guardChanged(ctx.db, "event_taken"),
  ];
}
