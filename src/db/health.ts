import { and, desc, eq, inArray, lt } from "drizzle-orm";
import type { Context } from "../context.ts";
import { latestRun } from "./heal.ts";
import { operations, stripeWebhookEvents } from "./schema/index.ts";

/** Counting stops here: what matters is whether there are any, and whether they are many. */
export const COUNTED = 100;

/** How the edges of the server are doing, in queries that read a bounded number of rows. */
export function healthQueries(ctx: Context, stuckBefore: number) {
  const { build } = ctx.db;
  const events = (status: "failed" | "blocked") =>
    build
      .select({ receivedAt: stripeWebhookEvents.receivedAt })
      .from(stripeWebhookEvents)
      .where(and(eq(stripeWebhookEvents.ownerUserId, ctx.ownerUserId), eq(stripeWebhookEvents.status, status)))
      .orderBy(desc(stripeWebhookEvents.receivedAt))
      .limit(COUNTED);
  return {
    lastEvent: build
      .select({ receivedAt: stripeWebhookEvents.receivedAt, createdAt: stripeWebhookEvents.stripeCreatedAt })
      .from(stripeWebhookEvents)
      .where(eq(stripeWebhookEvents.ownerUserId, ctx.ownerUserId))
      .orderBy(desc(stripeWebhookEvents.receivedAt))
      .limit(1),
    failed: events("failed"),
    blocked: events("blocked"),
    stuck: build
      .select({ id: operations.id })
      .from(operations)
      .where(
        and(
          eq(operations.ownerUserId, ctx.ownerUserId),
          inArray(operations.status, ["pending", "outcome_unknown"]),
          lt(operations.createdAt, stuckBefore),
        ),
      )
      .limit(COUNTED),
    run: latestRun(ctx),
  };
}
