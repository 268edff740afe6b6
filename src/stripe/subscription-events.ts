import * as z from "zod";
import { SUBSCRIPTION_STATUSES } from "../db/schema/vocabulary.ts";
import { idOf } from "./session-facts.ts";
import { epochSeconds } from "./verify-event.ts";

const reference = z.union([z.string(), z.object({ id: z.string() })]).nullish();

/** A subscription as its events carry it. Since API 2025-03-31 the period stands on the items. */
const subscriptionSchema = z.object({
  object: z.literal("subscription"),
  id: z.string(),
  status: z.enum(SUBSCRIPTION_STATUSES),
  livemode: z.boolean(),
  cancel_at_period_end: z.boolean(),
  cancel_at: epochSeconds.nullish(),
  pause_collection: z.looseObject({}).nullish(),
  customer: reference,
  metadata: z.record(z.string(), z.string()).nullish(),
  items: z.object({
    data: z
      .array(
        z.object({
          current_period_start: epochSeconds,
          current_period_end: epochSeconds,
          price: z.object({ id: z.string() }).nullish(),
        }),
      )
      .min(1),
  }),
});

/** The state of a subscription at one moment of Stripe's. Money and people are not in it. */
export interface ReportedSubscription {
  readonly subscriptionId: string;
  readonly customerId: string | null;
  readonly stripePriceId: string | null;
  readonly status: (typeof SUBSCRIPTION_STATUSES)[number];
  /** Whether its period is the last: a cancellation that is set for a later one is told again when that has begun. */
  readonly cancelAtPeriodEnd: boolean;
  /** Whether it runs while its invoices are not charged. */
  readonly collectionPaused: boolean;
  readonly livemode: boolean;
  /** Epoch milliseconds. */
  readonly periodStart: number;
  readonly periodEnd: number;
  /** The checkout that it says it came from; anything can be written there by another application. */
  readonly checkoutIntentId: string | undefined;
}

/**
 * Of two events of the same second the higher rank is the later state: nothing follows a deletion, and an update
 * follows a creation.
 */
const RANKS: Readonly<Record<string, number>> = {
  "customer.subscription.created": 1,
  "customer.subscription.updated": 2,
  "customer.subscription.paused": 3,
  "customer.subscription.resumed": 4,
  "customer.subscription.deleted": 5,
};

export function isSubscriptionEvent(type: string): boolean {
  return Object.hasOwn(RANKS, type);
}

export function subscriptionRank(type: string): number {
  return RANKS[type] ?? 0;
}

/** The state that an event or a retrieved subscription holds; undefined where the shape is another. */
export function readSubscription(object: unknown): ReportedSubscription | undefined {
  const read = subscriptionSchema.safeParse(object);
  if (!read.success) return undefined;
  const { id, status, livemode, cancel_at_period_end, cancel_at, pause_collection, customer, metadata, items } =
    read.data;
  const [first] = items.data;
  if (!first) return undefined;
  return {
    subscriptionId: id,
    customerId: idOf(customer),
    stripePriceId: first.price?.id ?? null,
    status,
    cancelAtPeriodEnd: cancel_at_period_end || (typeof cancel_at === "number" && cancel_at <= first.current_period_end),
    collectionPaused: Boolean(pause_collection),
    livemode,
    periodStart: first.current_period_start * 1000,
    periodEnd: first.current_period_end * 1000,
    checkoutIntentId: metadata?.checkout_intent_id,
  };
}
