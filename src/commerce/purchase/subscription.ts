import type { SubscriptionRow } from "../../db/subscriptions.ts";
import { subscriptionRank } from "../../stripe/subscription-events.ts";
import type { Source } from "./decision.ts";
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

/** The columns that a state fills. */
export const contentOf = (state: SubscriptionState) => ({
  status: state.status,
  currentPeriodStart: state.periodStart,
  currentPeriodEnd: state.periodEnd,
  cancelAtPeriodEnd: state.cancelAtPeriodEnd ? 1 : 0,
  collectionPaused: state.collectionPaused ? 1 : 0,
  stripeCustomerId: state.customerId,
  stripePriceId: state.stripePriceId,
});

/** Whether a state only repeats what is known. */
export function sameContent(state: SubscriptionState, row: SubscriptionRow): boolean {
  const content = contentOf(state);
  return Object.entries(content).every(([key, value]) => row[key as keyof typeof content] === value);
}

/** Where a state stands among those that may still come. */
export function orderOf(state: SubscriptionState, before: SubscriptionRow | undefined, source: Source) {
  const asked = state.askedAt !== undefined;
  return {
    stateEventAt: Math.max(state.at, asked ? (before?.stateEventAt ?? 0) : 0),
    // A look is later than what was told before it, and earlier than what the same second may still tell.
    stateEventRank: asked ? (before?.stateEventRank ?? 0) : state.rank,
    stateEventId: source.stripeEventId ?? "",
  };
}
