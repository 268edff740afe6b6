import { and, desc, eq, type InferSelectModel, lt, sql } from "drizzle-orm";
import type { RefusalWords } from "../base/log.ts";
import type { Query } from "./database.ts";
import { providerRefusals } from "./schema/index.ts";
import type { StripeCall, StripeMode } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

export type RefusalRow = InferSelectModel<typeof providerRefusals>;

/** Rows that health and the console show at most. */
const REFUSALS_SHOWN = 20;
/** How long a refusal is told after it last came. */
const KEPT_MS = 30 * 86_400_000;

/** A call that Stripe refused for good, or a price of Stripe's that this server refused. */
export interface Refusal extends RefusalWords {
  readonly stripeMode: StripeMode;
  readonly call: StripeCall;
}

/** Counts a refusal. `about` names the operation and the checkout that met it, where there are any. */
export function countRefusal(
  store: Store,
  refused: Refusal,
  about: { readonly operationId: string | null; readonly checkoutIntentId: string | null },
  now: number,
): Query {
  const last = {
    lastAt: now,
    lastStatus: refused.status,
    lastOperationId: about.operationId,
    lastCheckoutIntentId: about.checkoutIntentId,
    lastRequestId: refused.requestId,
  };
  const { ownerUserId, stripeMode, stripeCall, errorType, errorCode, errorParam, count } = providerRefusals;
  return store.db.build
    .insert(providerRefusals)
    .values({
      ownerUserId: store.ownerUserId,
      stripeMode: refused.stripeMode,
      stripeCall: refused.call,
      errorType: refused.type,
      errorCode: refused.code,
      errorParam: refused.param,
      count: 1,
      firstAt: now,
      ...last,
    })
    .onConflictDoUpdate({
      target: [ownerUserId, stripeMode, stripeCall, errorType, errorCode, errorParam],
      set: { ...last, count: sql`${count} + 1` },
    });
}

/** The latest refusals, one row for each call and reason. */
export function latestRefusals(store: Store) {
  return store.db.build
    .select()
    .from(providerRefusals)
    .where(eq(providerRefusals.ownerUserId, store.ownerUserId))
    .orderBy(desc(providerRefusals.lastAt))
    .limit(REFUSALS_SHOWN);
}

/** Deletes what Stripe has not refused for a month. */
export function forgetOldRefusals(store: Store, now: number): Query {
  return store.db.build
    .delete(providerRefusals)
    .where(and(eq(providerRefusals.ownerUserId, store.ownerUserId), lt(providerRefusals.lastAt, now - KEPT_MS)));
}
