import { endedKeeping } from "../../db/plans.ts";
import type { Context } from "../../kernel/context.ts";
import { applyReport } from "../purchase/apply-report.ts";
import { TRIPS_TO_APPLY } from "../purchase/known.ts";
import { nothingNew } from "../purchase/report.ts";
import type { Budget } from "./budget.ts";

const AT_ONCE = 50;

/** Ends past due plans whose kept days are over: the end is a matter of time, and no event of Stripe's tells it. */
export async function healKeptPlans(budget: Budget, ctx: Context): Promise<{ ended: number }> {
  const counts = { ended: 0 };
  if (budget.left <= TRIPS_TO_APPLY) return counts;
  const { due } = await ctx.db.read({ due: endedKeeping(ctx, ctx.clock.now(), AT_ONCE) });
  for (const { checkoutIntentId, stripeMode } of due) {
    if (budget.left < TRIPS_TO_APPLY) break;
    await applyReport(nothingNew(checkoutIntentId), { stripeMode, actorKind: "scheduled_run" }, ctx);
    counts.ended++;
  }
  return counts;
}
