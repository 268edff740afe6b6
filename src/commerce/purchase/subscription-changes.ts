import { nextVersion } from "../../base/time.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import { dropOthers, noteSubscriptionEvent, putSubscription, type SubscriptionRow } from "../../db/subscriptions.ts";
import type { Changes } from "../../kernel/confirmed-write.ts";
import type { BoundIds } from "./bound.ts";
import { type Deciding, NO_CHANGES } from "./decision.ts";
import { contentOf, orderOf, type SubscriptionAfter, sameContent } from "./subscription.ts";

/** What is known of a subscription that a report is about, or that the checkout has. */
export interface SubscriptionMove {
  readonly before: SubscriptionRow | undefined;
  readonly after: SubscriptionAfter | undefined;
  /** Whether it is the checkout's own, and does not only name it. */
  readonly owned: boolean;
}

/** Writes the latest state, and whose it is once that is known. A repetition moves the order of events on, and no version. */
export function subscriptionChanges(
  { before, after, owned }: SubscriptionMove,
  { intent, source, now, ctx }: Deciding,
): Changes {
  const state = after?.latest;
  const adopted = before !== undefined && owned && before.planSlug === null;
  if (state && before && !adopted && sameContent(state, before)) {
    // A look of our own that finds nothing new leaves no trace.
    if (source.stripeEventId === null) return NO_CHANGES;
    return { writes: noteSubscriptionEvent(ctx, before, orderOf(state, before, source)), audit: [] };
  }
  const told = state && {
    ...contentOf(state),
    ...orderOf(state, before, source),
    stripeSubscriptionId: state.subscriptionId,
  };
  const content = told ?? (adopted ? before : undefined);
  if (!content) return NO_CHANGES;
  const id = before?.id ?? ctx.ids.next("billing-subscription");
  const row = {
    ...content,
    ...namesOf(intent, owned),
    id,
    ownerUserId: ctx.ownerUserId,
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
        subjectStatus: content.status,
        summary: `${owned ? "The" : "A"} subscription${owned ? "" : " that names this checkout"} is ${content.status}.`,
      },
    ],
  };
}

/** Whose it is: the checkout's once the checkout's session named it, and until then nobody's. */
function namesOf(intent: IntentRow, owned: boolean) {
  return {
    checkoutIntentId: intent.id,
    productId: owned ? intent.productId : null,
    priceId: owned ? intent.priceId : null,
    buyerUserId: owned ? intent.buyerUserId : null,
    planSlug: owned ? intent.planSlug : null,
  };
}

/** Once a checkout's own subscription is known, what else named the checkout is somebody else's and is forgotten. */
export function othersForgotten({ stripeSubscriptionId }: BoundIds, { intent, known, source, ctx }: Deciding): Changes {
  if (stripeSubscriptionId === null || stripeSubscriptionId === intent.stripeSubscriptionId) return NO_CHANGES;
  const others = known.subscriptions.filter((row) => row.stripeSubscriptionId !== stripeSubscriptionId);
  return {
    writes: dropOthers(ctx, intent.id, stripeSubscriptionId),
    audit: others.map(({ id }) => ({
      eventKind: source.eventKind,
      subjectId: id,
      subjectStatus: "forgotten",
      summary: "A subscription that only named this checkout was forgotten.",
    })),
  };
}
