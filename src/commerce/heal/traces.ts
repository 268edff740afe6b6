import { faultOf } from "../../base/log.ts";
import { dueTraces, postponeTrace } from "../../db/payment-traces.ts";
import type { Context } from "../../kernel/context.ts";
import { TRIPS_TO_TRACE, traceUnknown } from "../purchase/trace-payment.ts";
import type { Budget } from "./budget.ts";
import type { Reach } from "./reach.ts";

const PAGE = 20;

export interface HealedTraces {
  traced: number;
  /** Traced payments that paid for something sold here. */
  found: number;
  failed: number;
}

/**
 * Traces unknown payments of which money went back. A trace that fails is due again after two minutes, four, up to
 * seventeen hours, for thirty days.
 */
export async function healTraces(budget: Budget, reach: Reach, ctx: Context): Promise<HealedTraces> {
  const counts: HealedTraces = { traced: 0, found: 0, failed: 0 };
  const now = ctx.clock.now();
  for (let more = true; more && reach.modes.length > 0 && budget.left > TRIPS_TO_TRACE + 1; ) {
    const { traces } = await ctx.db.read({ traces: dueTraces(ctx, reach.modes, now, PAGE) });
    more = traces.length === PAGE;
    for (const trace of traces) {
      if (!reach.modes.includes(trace.stripeMode)) continue;
      if (budget.left <= TRIPS_TO_TRACE) return counts;
      try {
        const { isOurs } = await traceUnknown(trace, "scheduled_run", ctx);
        if (isOurs) counts.found++;
        counts.traced++;
        reach.note(trace.stripeMode);
      } catch (error) {
        counts.failed++;
        reach.note(trace.stripeMode, error);
        ctx.log({ event: "internal", name: "heal_traces", code: "not_traced", fault: faultOf(error) });
        await ctx.db.commit([postponeTrace(ctx, trace)]);
      }
    }
  }
  return counts;
}
