import { noteSubscriptionEvent, putSubscription, type SubscriptionRow } from "../../db/purchases.ts";
import type { Changes } from "../../kernel/confirmed-write.ts";
import { nextVersion } from "../../kernel/time.ts";
import { subscriptionRank } from "../../stripe/subscription-events.ts";
import { type Deciding, NO_CHANGES, type Source } from "./decision.ts";
import type { SubscriptionState } from "./report.ts";

const CREATED = subscriptionRank("customer.subscription.created");
const DELETED = subscriptionRank("customer.subscription.deleted");

/** What a subscription comes to, however it is known. */
export interface SubscriptionStanding {
  readonly status: SubscriptionRow["status"];
  readonly periodStart: number | null;
  readonly periodEnd: number | null;
}

/** A subscription after a report: where it stands, and the report's state where it is the latest. */
export interface SubscriptionAfter extends SubscriptionStanding {
  readonly latest: SubscriptionState | undefined;
  /** Whether only Stripe knows which of two states is the later. */
  readonly undecided: boolean;
}

/** The later of what a report says and what is known. Undefined while nothing is known. */
export function subscriptionAfter(
  state: SubscriptionState | undefined,
  known: SubscriptionRow | undefined,
  source: Source,
): SubscriptionAfter | undefined {
  const undecided = Boolean(state && known && isTie(state, known, source));
  if (state && (!known || isLater(state, known, source))) {
    const { status, periodStart, periodEnd } = state;
    return { status, periodStart, periodEnd, latest: state, undecided };
  }
  if (!known) return undefined;
  const { status, currentPeriodStart, currentPeriodEnd } = known;
  return { status, periodStart: currentPeriodStart, periodEnd: currentPeriodEnd, latest: undefined, undecided };
}

/** By Stripe's time, which counts in seconds; within one by the type of the event, then by its id. */
function isLater(state: SubscriptionState, known: SubscriptionRow, source: Source): boolean {
  if (state.askedAt !== undefined) return known.updatedAt < state.askedAt || state.at > known.stateEventAt;
  const later = state.at - known.stateEventAt || state.rank - known.stateEventRank;
  return later !== 0 ? later > 0 : (source.stripeEventId ?? "") > known.stateEventId;
}

/**
 * Two events of one second that differ: ranks and ids settle an order, and not the one in which they happened, as an
 * update can follow a resumption. Only a creation is always first, and a deletion last.
 */
function isTie(state: SubscriptionState, known: SubscriptionRow, source: Source): boolean {
  if (state.at !== known.stateEventAt) return false;
  const settled = [state.rank, known.stateEventRank].some((rank) => rank === CREATED || rank === DELETED);
  if (settled && state.rank !== known.stateEventRank) return false;
  return source.stripeEventId !== null && source.stripeEventId !== known.stateEventId && !sameContent(state, known);
}

const contentOf = (state: SubscriptionState) => ({
  status: state.status,
  currentPeriodStart: state.periodStart,
  currentPeriodEnd: state.periodEnd,
  cancelAtPeriodEnd: state.cancelAtPeriodEnd ? 1 : 0,
  stripeCustomerId: state.customerId,
  stripePriceId: state.stripePriceId,
});

function sameContent(state: SubscriptionState, row: SubscriptionRow): boolean {
  const content = contentOf(state);
  return Object.entries(content).every(([key, value]) => row[key as keyof typeof content] === value);
}

/** Writes the latest state. One that only repeats what is known moves the order of events on, and no version. */
export function subscriptionChanges(
  after: SubscriptionAfter | undefined,
  { known, intent, source, now, ctx }: Deciding,
): Changes {
  const state = after?.latest;
  if (!state) return NO_CHANGES;
  const [before] = known.subscription;
  const order = {
    stateEventAt: Math.max(state.at, state.askedAt === undefined ? 0 : (before?.stateEventAt ?? 0)),
    // A look is later than what was told before it, and earlier than what the same second may still tell.
    stateEventRank: state.askedAt === undefined ? state.rank : (before?.stateEventRank ?? 0),
    stateEventId: source.stripeEventId ?? "",
  };
  const content = contentOf(state);
  const same = before && sameContent(state, before);
  // A look of our own that finds nothing new leaves no trace.
  if (same && source.stripeEventId === null) return NO_CHANGES;
  if (same) return { writes: noteSubscriptionEvent(ctx, before, order), audit: [] };
  const id = before?.id ?? ctx.ids.next("billing-subscription");
  const row = {
    id,
    ownerUserId: ctx.ownerUserId,
    ...content,
    ...order,
    productId: intent.productId,
    priceId: intent.priceId,
    buyerUserId: intent.buyerUserId,
    stripeSubscriptionId: state.subscriptionId,
    checkoutIntentId: intent.id,
    planSlug: intent.planSlug,
    stripeMode: intent.stripeMode,
    createdAt: now,
    updatedAt: before ? nextVersion(before.updatedAt, now) : now,
  };
  return {
    writes: putSubscription(ctx, row, before),
    audit: [
      {
        eventKind: source.eventKind,
        subjectId: id,
        subjectStatus: state.status,
        summary: `The subscription is ${state.status}.`,
      },
    ],
  };
}
