import * as z from "zod";
import { SUBSCRIPTION_STATUSES } from "../db/schema/vocabulary.ts";
import { idOf, idOrObject } from "./session-events.ts";
import { epochSeconds } from "./verify-event.ts";

/** A subscription as its events carry it. Since API 2025-03-31 the period stands on the items. */
const subscriptionSchema = z.object({
  object: z.literal("subscription"),
  id: z.string(),
  status: z.enum(SUBSCRIPTION_STATUSES),
  livemode: z.boolean(),
  cancel_at_period_end: z.boolean(),
  cancel_at: epochSeconds.nullish(),
  ended_at: epochSeconds.nullish(),
  pause_collection: z.looseObject({}).nullish(),
  customer: idOrObject.nullish(),
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

/** A subscription as Stripe had it at one moment, under the names of our columns. */
export interface ReportedSubscription {
  readonly stripeSubscriptionId: string;
  readonly stripeCustomerId: string | null;
  readonly stripePriceId: string | null;
  readonly status: (typeof SUBSCRIPTION_STATUSES)[number];
  /** 1 when its period is the last one. A cancellation set for a later period is reported again in that period. */
  readonly cancelAtPeriodEnd: 0 | 1;
  /** 1 while it runs and its invoices are not charged. */
  readonly collectionPaused: 0 | 1;
  readonly livemode: boolean;
  /** Epoch milliseconds. */
  readonly currentPeriodStart: number;
  readonly currentPeriodEnd: number;
  /** Null while it runs. */
  readonly endedAt: number | null;
  /** The checkout id in its metadata; another application can write any id there. */
  readonly checkoutIntentId: string | undefined;
}

/** Of two events of the same second the higher rank is the later state: a creation comes first, a deletion last. */
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

/** The rank of an event's type; 0 for a type that Stripe may add later. */
export function subscriptionRank(type: string): number {
  return RANKS[type] ?? 0;
}

/** The subscription in an event or an answer of Stripe's; undefined where the object has another shape. */
export function readSubscription(object: unknown): ReportedSubscription | undefined {
  const read = subscriptionSchema.safeParse(object);
  if (!read.success) return undefined;
  const {
    id,
    status,
    livemode,
    cancel_at_period_end,
    cancel_at,
    ended_at,
    pause_collection,
    customer,
    metadata,
    items,
  } = read.data;
  const [first] = items.data;
  if (!first) return undefined;
  const endsWithPeriod =
    cancel_at_period_end || (typeof cancel_at === "number" && cancel_at <= first.current_period_end);
  return {
    stripeSubscriptionId: id,
    stripeCustomerId: idOf(customer),
    stripePriceId: first.price?.id ?? null,
    status,
    cancelAtPeriodEnd: endsWithPeriod ? 1 : 0,
    collectionPaused: pause_collection ? 1 : 0,
    livemode,
    currentPeriodStart: first.current_period_start * 1000,
    currentPeriodEnd: first.current_period_end * 1000,
    endedAt: typeof ended_at === "number" ? ended_at * 1000 : null,
    checkoutIntentId: metadata?.checkout_intent_id,
  };
}
