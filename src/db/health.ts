import { and, desc, eq, inArray, isNotNull, isNull, lt, notExists, sql } from "drizzle-orm";
import { unionAll } from "drizzle-orm/sqlite-core";
import { boundsMetLately } from "./bounds-met.ts";
import { waitingChecks } from "./checks.ts";
import { closedModes } from "./closed-modes.ts";
import { contradictedEvents } from "./event-contradictions.ts";
import { heardTypes } from "./event-types.ts";
import { latestRun } from "./heal.ts";
import { UNFINISHED } from "./operations.ts";
import { waitingTraces } from "./payment-traces.ts";
import { latestRefusals } from "./provider-refusals.ts";
import { checkoutIntents, operations, stripeWebhookEvents } from "./schema/index.ts";
import { wantedModes } from "./sold-mode.ts";
import type { Store } from "./store.ts";
import { unservedQueries } from "./unserved-invoices.ts";

/** Counting stops here: health tells none, some and many apart. */
export const COUNT_LIMIT = 100;

/** How many failed and blocked events health names. */
const NAMED_LIMIT = 10;

/** How many of the latest blocked events are searched for those that a person still has to look at. */
const SEARCH_LIMIT = 1_000;

/** The state of webhooks, operations and scheduled runs, in queries that read a bounded number of rows. */
export function healthQueries(store: Store, stuckBefore: number) {
  const { build } = store.db;
  const events = (status: "failed" | "blocked") =>
    build
      .select()
      .from(stripeWebhookEvents)
      .where(and(eq(stripeWebhookEvents.ownerUserId, store.ownerUserId), eq(stripeWebhookEvents.status, status)))
      .orderBy(desc(stripeWebhookEvents.receivedAt));
  // A blocked event needs no person any more once its checkout is refunded or disputed.
  const unsettled = (status: "failed" | "blocked", limit: number) => {
    if (status === "failed") return build.select().from(events(status).limit(limit).as("failed_events"));
    const blocked = events(status).limit(SEARCH_LIMIT).as("blocked_events");
    const settled = build
      .select({ id: checkoutIntents.id })
      .from(checkoutIntents)
      .where(
        and(
          eq(checkoutIntents.ownerUserId, store.ownerUserId),
          eq(checkoutIntents.id, blocked.checkoutIntentId),
          inArray(checkoutIntents.status, ["refunded", "disputed"]),
        ),
      );
    return build.select().from(blocked).where(notExists(settled)).orderBy(desc(blocked.receivedAt)).limit(limit);
  };
  const counted = (status: "failed" | "blocked") =>
    build.select({ events: sql<number>`count(*)` }).from(unsettled(status, COUNT_LIMIT).as("counted"));
  const { ownerUserId, receivedAt, deliveredAt, stripeCreatedAt } = stripeWebhookEvents;
  return {
    /** The latest event that Stripe delivered, also when the event list had it first. */
    lastWebhook: build
      .select({ deliveredAt: sql<number>`${deliveredAt}`, createdAt: stripeCreatedAt })
      .from(stripeWebhookEvents)
      .where(and(eq(ownerUserId, store.ownerUserId), isNotNull(deliveredAt)))
      .orderBy(desc(deliveredAt))
      .limit(1),
    /** The latest event that the scheduled run fetched and Stripe has not delivered. */
    lastMissed: build
      .select({ createdAt: stripeCreatedAt })
      .from(stripeWebhookEvents)
      .where(and(eq(ownerUserId, store.ownerUserId), isNull(deliveredAt)))
      .orderBy(desc(receivedAt))
      .limit(1),
    /** Events that came again with other content. */
    contradicted: contradictedEvents(store, COUNT_LIMIT),
    heardTypes: heardTypes(store),
    ...unservedQueries(store),
    waitingTraces: waitingTraces(store, COUNT_LIMIT),
    failed: counted("failed"),
    blocked: counted("blocked"),
    named: unionAll(
      build.select().from(unsettled("failed", NAMED_LIMIT).as("named_failed")),
      build.select().from(unsettled("blocked", NAMED_LIMIT).as("named_blocked")),
    ),
    stuck: build
      .select({ id: operations.id })
      .from(operations)
      .where(and(eq(operations.ownerUserId, store.ownerUserId), UNFINISHED, lt(operations.createdAt, stuckBefore)))
      .limit(COUNT_LIMIT),
    waitingChecks: waitingChecks(store, store.clock.now(), COUNT_LIMIT),
    run: latestRun(store),
    refusals: latestRefusals(store),
    closedModes: closedModes(store),
    wantedModes: wantedModes(store),
    boundsMetLately: boundsMetLately(store),
  };
}
