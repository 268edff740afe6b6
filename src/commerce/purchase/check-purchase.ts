import { faultOf } from "../../base/log.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import { markChecked } from "../../db/checks.ts";
import { purchaseQueries } from "../../db/purchase-rows.ts";
import { purchaseWrites } from "../../db/purchase-writes.ts";
import type { ActorKind } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import { fetchPurchase, TRIPS_TO_FETCH } from "../../stripe/fetch-purchase.ts";
import { reportEffects } from "./effects.ts";
import { hashesOf, readAndCommit, TRIPS_TO_APPLY } from "./known.ts";
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
  const report = fetchedReport(fetched, intent.id);
  const hashes = await hashesOf(report, ctx);
  return readAndCommit(
    () => purchaseQueries(ctx, report.target),
    (rows) => {
      const now = ctx.clock.now();
      const source = {
        stripeEventId: null,
        stripeMode: intent.stripeMode,
        at: now,
        actorKind,
        eventKind: "checkout_session_verified",
        ...hashes,
      } as const;
      const effects = reportEffects(report, rows, source, now, ctx);
      const writes = purchaseWrites(ctx, effects.changes);
      return { writes, answer: writes.length > 0 };
    },
    ctx,
  );
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
