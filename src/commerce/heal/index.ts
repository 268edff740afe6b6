import { type SealReport, TRIPS_TO_SEAL } from "../../audit/seal-audit.ts";
import type { Context } from "../../context.ts";
import { insertRun } from "../../db/heal.ts";
import type { ConfirmedWrite } from "../../kernel/confirmed-write.ts";
import { faultOf } from "../../log.ts";
import { createBudget } from "./budget.ts";
import { type HealedEvents, healEvents } from "./events.ts";
import { healFailedEvents } from "./failed-events.ts";
import { healOperations } from "./operations.ts";
import { type HealedPurchases, healPurchases } from "./purchases.ts";

/**
 * Calls to Stripe and D1 that one run makes at most. Cloudflare gives an invocation 1,000 subrequests and D1 1,000
 * queries; the rest is for what else the schedule does. What is left over waits for the next run.
 */
export const TRIPS_PER_RUN = 900;
const SHARES = { events: 500, failedEvents: 61, operations: 121 } as const;

/** A part of a run that broke off; what it had done stays, and the next run goes on. */
type Part<T> = T | "broke_off";

/** What a run did, in counts. */
export interface HealReport {
  readonly events: Readonly<Record<string, Part<HealedEvents>>>;
  readonly failedEvents: Part<{ readonly tried: number; readonly applied: number }>;
  readonly operations: Part<{ readonly found: number; readonly settled: number }>;
  readonly purchases: Part<HealedPurchases>;
  readonly audit: Part<SealReport>;
}

/**
 * Makes true here what Stripe knows and we missed: first its event list, then failed events, operations that nobody
 * finished, and the objects themselves; then the audit is sealed. Every step is idempotent and bounded, and none waits for another's success:
 * two runs at once, or one that dies, do no harm.
 */
export async function heal(
  writes: readonly ConfirmedWrite[],
  sealAudit: () => Promise<SealReport>,
  ctx: Context,
): Promise<HealReport> {
  const startedAt = ctx.clock.now();
  const budget = createBudget(TRIPS_PER_RUN - TRIPS_TO_SEAL - 2);
  const part = async <T>(name: string, run: () => Promise<T>): Promise<Part<T>> => {
    try {
      return await run();
    } catch (error) {
      ctx.log({ event: "internal", name, code: "broke_off", fault: faultOf(error) });
      return "broke_off";
    }
  };
  const events: Record<string, Part<HealedEvents>> = {};
  const ofMode = Math.floor(SHARES.events / Math.max(1, ctx.stripe.modes.length));
  for (const mode of ctx.stripe.modes) {
    events[mode] = await part(`heal_events_${mode}`, () => healEvents(mode, budget.share(ofMode), ctx));
  }
  await part("optimize", () => ctx.db.optimize());
  const report: HealReport = {
    events,
    failedEvents: await part("heal_failed_events", () => healFailedEvents(budget.share(SHARES.failedEvents), ctx)),
    operations: await part("heal_operations", () => healOperations(writes, budget.share(SHARES.operations), ctx)),
    purchases: await part("heal_purchases", () => healPurchases(budget, ctx)),
    // Last, so that what the run did is sealed by the run.
    audit: await part("seal_audit", sealAudit),
  };
  await ctx.db.commit(insertRun(ctx, startedAt, report));
  return report;
}
