import { nextVersion } from "../../base/time.ts";
import { putPlanEntitlement } from "../../db/purchases.ts";
import type { Changes } from "../../kernel/confirmed-write.ts";
import { isOnlyATest } from "../plans/plans.ts";
import { type Deciding, NO_CHANGES } from "./decision.ts";
import type { Money } from "./money.ts";
import { planStatus } from "./standing.ts";
import type { SubscriptionStanding } from "./subscription.ts";

/** Gives a plan once its checkout is paid, and keeps it as its subscription goes. */
export function planChanges(
  {
    granted,
    latest,
    subscription,
  }: {
    readonly granted: boolean;
    readonly latest: Money;
    readonly subscription: SubscriptionStanding | undefined;
  },
  { intent, known, source, now, ctx }: Deciding,
): Changes {
  const [before] = known.planEntitlement;
  if (!intent.planSlug || !intent.buyerUserId || (!before && !granted)) return NO_CHANGES;
  const onlyATest = isOnlyATest(intent, ctx);
  if (!before && onlyATest) return NO_CHANGES;
  const status = onlyATest ? "inactive" : planStatus(granted, latest, subscription, known.planPolicy[0]);
  const startsAt = before?.startsAt ?? subscription?.periodStart ?? source.at;
  const endsAt = subscription?.periodEnd ?? before?.endsAt ?? null;
  const buyerEmailHash = before?.buyerEmailHash ?? source.buyerEmailHash;
  if (before && before.status === status && before.endsAt === endsAt && before.buyerEmailHash === buyerEmailHash) {
    return NO_CHANGES;
  }
  const id = before?.id ?? `plan-entitlement-${intent.id}`;
  const row = {
    id,
    ownerUserId: ctx.ownerUserId,
    buyerUserId: intent.buyerUserId,
    buyerEmailHash,
    status,
    source: "stripe_checkout_session" as const,
    planSlug: intent.planSlug,
    stripeMode: intent.stripeMode,
    checkoutIntentId: intent.id,
    startsAt,
    endsAt,
    createdAt: now,
    updatedAt: before ? nextVersion(before.updatedAt, now) : now,
  };
  return {
    writes: putPlanEntitlement(ctx, row, before),
    audit: [
      {
        eventKind: "publisher_plan_entitlement_changed",
        subjectId: id,
        subjectStatus: status,
        summary: `The plan is ${status}.`,
      },
    ],
  };
}
