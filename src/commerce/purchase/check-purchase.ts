import { faultOf } from "../../base/log.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import { markChecked } from "../../db/checks.ts";
import type { ActorKind } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import { fetchPurchase, TRIPS_TO_FETCH } from "../../stripe/fetch-purchase.ts";
import { applyReport } from "./apply-report.ts";
import { TRIPS_TO_APPLY } from "./known.ts";
import { fetchedReport } from "./report.ts";

/** Calls to Stripe and D1 that a check makes at most. */
export const TRIPS_TO_CHECK = TRIPS_TO_FETCH + TRIPS_TO_APPLY;

/**
 * Fetches the objects of one purchase and applies them as one report, so payment and refund are known together and access
 * is not given in between. True where something changed. Throws when it lost every race: the next check finds the same.
 */
export async function checkPurchase(intent: IntentRow, actorKind: ActorKind, ctx: Context): Promise<boolean> {
  const sessionId = intent.stripeCheckoutSessionId;
  if (sessionId === null) return false;
  const fetched = await fetchPurchase({ sessionId, stripeMode: intent.stripeMode }, ctx);
  const applied = await applyReport(
    fetchedReport(fetched, intent.id),
    { stripeMode: intent.stripeMode, actorKind },
    ctx,
  );
  return applied?.changed ?? false;
}

/**
 * Checks a purchase that an event left undecided. The event's commit made the check due, so the scheduled run repeats it
 * where this call fails.
 */
export async function checkAtOnce(intent: IntentRow, ctx: Context): Promise<void> {
  try {
    await checkPurchase(intent, "stripe_webhook", ctx);
    await ctx.db.commit([markChecked(ctx, [intent.id])]);
  } catch (thrown) {
    ctx.log({ event: "internal", name: "check_purchase", code: "not_checked", fault: faultOf(thrown) });
  }
}
