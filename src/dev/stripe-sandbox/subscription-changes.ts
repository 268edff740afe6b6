import type Stripe from "stripe";
import { seconds } from "./clock.ts";
import { noSuch, refused } from "./errors.ts";
import { differences, eventOf } from "./events.ts";
import { changedMetadata } from "./parameters.ts";
import type { Sandbox } from "./sandbox.ts";
import {
  changedSubscription,
  currentPeriod,
  isBilled,
  NOT_CANCELED,
  type StoredSubscription,
  type SubscriptionOutcome,
  type WireSubscription,
} from "./subscriptions.ts";

/** An update of a subscription: an undefined field stays, a null one is unset. */
interface SubscriptionChange {
  cancel_at?: number | null | undefined;
  cancel_at_period_end?: boolean | undefined;
  cancellation_details?: CancellationComment | undefined;
  description?: string | null | undefined;
  metadata?: Record<string, string> | null | undefined;
  pause_collection?: { behavior: string; resumes_at?: number | undefined } | null | undefined;
}

/** The buyer's reasons for a cancellation. */
interface CancellationComment {
  comment?: string | null | undefined;
  feedback?: Stripe.Subscription.CancellationDetails.Feedback | null | undefined;
}

/** Updates a subscription, with an event when a field differs. Refuses a canceled subscription. */
export function subscriptionUpdated(
  sandbox: Sandbox,
  stored: StoredSubscription,
  change: SubscriptionChange,
): SubscriptionOutcome {
  const { body } = stored;
  if (body.status === "canceled") {
    throw refused("A canceled subscription can only update its cancellation_details and metadata.");
  }
  const after: WireSubscription = {
    ...body,
    ...cancellation(sandbox, body, change),
    ...(change.description === undefined ? {} : { description: change.description }),
    ...(change.metadata === undefined ? {} : { metadata: changedMetadata(body.metadata, change.metadata) }),
    ...(change.pause_collection === undefined ? {} : { pause_collection: pausedCollection(change.pause_collection) }),
  };
  const events =
    Object.keys(differences(body, after)).length === 0
      ? []
      : [eventOf(sandbox, "customer.subscription.updated", after, body)];
  return changedSubscription(sandbox, stored, after, events);
}

/** Cancels a subscription now. A canceled one is a 404, as at Stripe. */
export function canceled(
  sandbox: Sandbox,
  stored: StoredSubscription,
  reason: "cancellation_requested" | "payment_failed" | "payment_disputed",
  said: CancellationComment = {},
): SubscriptionOutcome {
  const { body } = stored;
  if (body.status === "canceled") throw noSuch("subscription", body.id, "id");
  const now = seconds(sandbox.now);
  const { status_details: _, ...rest } = body;
  const after: WireSubscription = {
    ...rest,
    status: "canceled",
    canceled_at: body.canceled_at ?? now,
    cancellation_details: commented(body.cancellation_details, said, reason),
    ended_at: now,
  };
  const event = eventOf(sandbox, "customer.subscription.deleted", after);
  return changedSubscription(sandbox, stored, after, [event], { ...stored.hidden, unpaid: null });
}

/** Pauses a subscription: it gets neither periods nor invoices until it is resumed. */
export function subscriptionPaused(sandbox: Sandbox, stored: StoredSubscription): SubscriptionOutcome {
  const { body } = stored;
  if (!isBilled(body)) throw refused(`The subscription ${body.id} is ${body.status} and can't be paused.`);
  const after: WireSubscription = {
    ...body,
    status: "paused",
    status_details: {
      paused: {
        subscription: { type: "pause_requested" },
        transitioned_at: seconds(sandbox.now),
        type: "subscription",
      },
    },
  };
  return changedSubscription(sandbox, stored, after, [
    eventOf(sandbox, "customer.subscription.updated", after, body),
    eventOf(sandbox, "customer.subscription.paused", after),
  ]);
}

function cancellation(sandbox: Sandbox, body: WireSubscription, change: SubscriptionChange): Partial<WireSubscription> {
  const atEnd = change.cancel_at_period_end;
  const at = atEnd === true ? currentPeriod(body).end : atEnd === false ? null : change.cancel_at;
  if (at === undefined) {
    return change.cancellation_details === undefined
      ? {}
      : {
          cancellation_details: commented(
            body.cancellation_details,
            change.cancellation_details,
            body.cancellation_details?.reason ?? null,
          ),
        };
  }
  if (at === null) {
    return { cancel_at: null, cancel_at_period_end: false, canceled_at: null, cancellation_details: NOT_CANCELED };
  }
  return {
    cancel_at: at,
    cancel_at_period_end: atEnd === true,
    canceled_at: body.cancel_at === at ? body.canceled_at : seconds(sandbox.now),
    cancellation_details: commented(
      body.cancellation_details,
      change.cancellation_details ?? {},
      "cancellation_requested",
    ),
  };
}

function commented(
  details: Stripe.Subscription.CancellationDetails | null,
  said: CancellationComment,
  reason: Stripe.Subscription.CancellationDetails.Reason | null,
): Stripe.Subscription.CancellationDetails {
  const before = details ?? NOT_CANCELED;
  return {
    ...before,
    comment: said.comment === undefined ? before.comment : said.comment,
    feedback: said.feedback === undefined ? before.feedback : said.feedback,
    reason,
  };
}

function pausedCollection(change: NonNullable<SubscriptionChange["pause_collection"]> | null) {
  return change && { behavior: change.behavior, resumes_at: change.resumes_at ?? null };
}
