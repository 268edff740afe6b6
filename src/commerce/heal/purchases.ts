import Stripe from "stripe";
import type { Context } from "../../context.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import type { Query } from "../../db/database.ts";
import { intentsOfDueSubscriptions, markChecked, uncheckedIntents } from "../../db/heal.ts";
import { checkPurchase, tripsOfCheck } from "../check-purchase.ts";
import type { Budget } from "./budget.ts";

const HOUR = 3_600_000;
/** Stripe tries an unpaid invoice again for up to two months. */
const TRIED_AGAIN_MS = 60 * 24 * HOUR;
/** Left alone at first: a webhook usually comes within seconds. */
const QUIET_MS = 2 * 60_000;
/** How long a paid purchase is believed before Stripe is asked again whether money went back. */
const BELIEVED_MS = 24 * HOUR;

/** Statuses that are asked about, how many a run, and how long an answer is believed. */
const ROUNDS = [
  { status: "open", limit: 15, believed: QUIET_MS },
  { status: "completed", limit: 10, believed: QUIET_MS },
  { status: "blocked", limit: 5, believed: HOUR },
  { status: "paid", limit: 10, believed: BELIEVED_MS },
  { status: "disputed", limit: 5, believed: BELIEVED_MS },
  { status: "refunded", limit: 5, believed: BELIEVED_MS },
  // A plan whose first payment failed late is had once its invoice is paid after all.
  { status: "failed", limit: 5, believed: 6 * HOUR, plansSince: TRIED_AGAIN_MS },
] as const;

/** Plans whose period is over and of whose renewal or end nothing came. */
const DUE = { limit: 10, after: HOUR, believed: 6 * HOUR };

export interface HealedPurchases {
  asked: number;
  changed: number;
  failed: number;
}

/**
 * Asks Stripe how checkouts stand that it has not told about. Whatever the event list lost, the objects still know.
 * Those asked longest ago come first, so that each gets its turn, also where one of them always fails.
 */
export async function healPurchases(budget: Budget, ctx: Context): Promise<HealedPurchases> {
  const counts: HealedPurchases = { asked: 0, changed: 0, failed: 0 };
  const now = ctx.clock.now();
  for (const { status, limit, believed, ...only } of ROUNDS) {
    const plansSince = "plansSince" in only ? now - only.plansSince : undefined;
    await round(uncheckedIntents(ctx, { status, before: now - believed, plansSince }, limit), counts, budget, ctx);
  }
  const due = intentsOfDueSubscriptions(ctx, { endedBefore: now - DUE.after, before: now - DUE.believed }, DUE.limit);
  await round(due, counts, budget, ctx);
  return counts;
}

async function round(
  query: Query<{ intent: IntentRow }[]>,
  counts: HealedPurchases,
  budget: Budget,
  ctx: Context,
): Promise<void> {
  if (!budget.take(2)) return;
  const { rows } = await ctx.db.read({ rows: query });
  const asked: string[] = [];
  try {
    for (const { intent } of rows) {
      if (!ctx.stripe.modes.includes(intent.stripeMode)) continue;
      if (!budget.take(tripsOfCheck(intent))) break;
      counts.asked++;
      try {
        if (await checkPurchase(intent, "scheduled_run", ctx)) counts.changed++;
      } catch (error) {
        counts.failed++;
        // An object that Stripe does not have is this purchase's trouble alone; anything else would meet all others.
        if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
      }
      asked.push(intent.id);
    }
  } finally {
    if (asked.length > 0) await ctx.db.commit([markChecked(ctx, asked)]);
  }
}
