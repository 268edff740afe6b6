import { and, asc, eq, type InferSelectModel, inArray, isNotNull, isNull, lte, sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import { idsAmong } from "./ids-among.ts";
import { paymentTraces } from "./schema/index.ts";
import type { StripeMode, TraceOutcome } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

const MINUTE = 60_000;
/** How long the scheduled run asks Stripe what a payment paid for. */
const TRACED_MS = 30 * 86_400_000;

type TraceRow = InferSelectModel<typeof paymentTraces>;

/** The traces of some payments: ended ones, and those that are due. */
export function tracesOf(store: Store, paymentIntentIds: readonly string[]) {
  return store.db.build
    .select()
    .from(paymentTraces)
    .where(
      and(
        eq(paymentTraces.ownerUserId, store.ownerUserId),
        sql`${paymentTraces.stripePaymentIntentId} IN ${idsAmong(paymentIntentIds)}`,
      ),
    );
}

/** Asks for the trace of a payment, once. The caller traces at once, so the scheduled run has its turn a little later. */
export function askForTrace(store: Store, stripePaymentIntentId: string, stripeMode: StripeMode): Query {
  const now = store.clock.now();
  return store.db.build
    .insert(paymentTraces)
    .values({
      ownerUserId: store.ownerUserId,
      stripePaymentIntentId,
      stripeMode,
      dueAt: now + 2 * MINUTE,
      createdAt: now,
      updatedAt: now,
    })
    .onConflictDoNothing();
}

/** Ends a trace with what it found; an ended one stays as it is. */
export function endTrace(store: Store, stripePaymentIntentId: string, outcome: TraceOutcome): Query {
  return change(store, stripePaymentIntentId, { outcome, dueAt: null, updatedAt: store.clock.now() });
}

/** For a trace that Stripe did not answer: it is due again after two minutes, four, and so on, and given up in the end. */
export function postponeTrace(store: Store, { stripePaymentIntentId, attempts, createdAt }: TraceRow): Query {
  const now = store.clock.now();
  const isOver = now - createdAt > TRACED_MS;
  return change(store, stripePaymentIntentId, {
    attempts: attempts + 1,
    updatedAt: now,
    dueAt: isOver ? null : now + MINUTE * 2 ** Math.min(attempts + 1, 10),
    ...(isOver && { outcome: "given_up" as const }),
  });
}

function change(store: Store, stripePaymentIntentId: string, columns: Partial<TraceRow>): Query {
  return store.db.build
    .update(paymentTraces)
    .set(columns)
    .where(
      and(
        eq(paymentTraces.ownerUserId, store.ownerUserId),
        eq(paymentTraces.stripePaymentIntentId, stripePaymentIntentId),
        isNull(paymentTraces.outcome),
      ),
    );
}

/** The traces of these modes that are due, the longest due first. */
export function dueTraces(store: Store, modes: readonly StripeMode[], now: number, limit: number) {
  return store.db.build
    .select()
    .from(paymentTraces)
    .where(
      and(
        eq(paymentTraces.ownerUserId, store.ownerUserId),
        isNotNull(paymentTraces.dueAt),
        lte(paymentTraces.dueAt, now),
        inArray(paymentTraces.stripeMode, [...modes]),
      ),
    )
    .orderBy(asc(paymentTraces.dueAt))
    .limit(limit);
}

/** The traces that Stripe has not answered yet. */
export function waitingTraces(store: Store, limit: number) {
  return store.db.build
    .select({ id: paymentTraces.stripePaymentIntentId })
    .from(paymentTraces)
    .where(and(eq(paymentTraces.ownerUserId, store.ownerUserId), isNotNull(paymentTraces.dueAt)))
    .limit(limit);
}
