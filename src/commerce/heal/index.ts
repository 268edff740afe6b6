import { type SealReport, TRIPS_TO_SEAL } from "../../audit/seal-audit.ts";
import { faultOf } from "../../base/log.ts";
import { insertRun } from "../../db/heal.ts";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import type { ConfirmedWrite } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { healApprovals } from "./approvals.ts";
import { meter } from "./budget.ts";
import { type HealedEvents, healEvents } from "./events.ts";
import { type HealedFailures, healFailedEvents } from "./failed-events.ts";
import { healOperations } from "./operations.ts";
import { type HealedPurchases, healPurchases } from "./purchases.ts";
import { openReach, type Reached } from "./reach.ts";

/**
 * Calls to Stripe and D1 that one run makes at most. D1 gives an invocation of a Worker 1,000 queries; the rest is for
 * the uploads that are swept beside it. What is left over waits for the next run.
 */
export const TRIPS_PER_RUN = 900;
/** What is set aside for the end: the audit's seal, and the run's own record. */
const TRIPS_AT_THE_END = TRIPS_TO_SEAL + 1;
/** Of what is left when their turn comes; checkouts get all the rest. */
const SHARES = { approvals: 0.05, events: 0.6, failedEvents: 0.25, operations: 0.35 } as const;

/** A part of a run that broke off; what it had done stays, and the next run goes on. */
type Part<T> = T | "broke_off";

/** What a run did, in counts. */
export interface HealReport {
  readonly stripe: Readonly<Partial<Record<StripeMode, Reached>>>;
  readonly events: Readonly<Record<string, Part<HealedEvents>>>;
  readonly failedEvents: Part<HealedFailures>;
  readonly operations: Part<{ readonly found: number; readonly settled: number }>;
  readonly purchases: Part<HealedPurchases>;
  readonly approvals: Part<{ readonly ended: number }>;
  readonly audit: Part<SealReport>;
}

/**
 * Ends what has run out, and makes true here what Stripe knows and we missed: first its event list, then failed events,
 * operations that nobody finished, and the objects themselves; then the audit is sealed. Every step is idempotent and
 * bounded, and none waits for another's success: two runs at once, or one that dies, do no harm.
 */
export async function heal(
  writes: readonly ConfirmedWrite[],
  sealAudit: (ctx: Context) => Promise<SealReport>,
  whole: Context,
): Promise<HealReport> {
  const startedAt = whole.clock.now();
  const budget = meter(whole, TRIPS_PER_RUN - TRIPS_AT_THE_END);
  const { ctx } = budget;
  const reach = openReach(ctx.stripe.modes);
  const part = async <T>(name: string, run: () => Promise<T>): Promise<Part<T>> => {
    try {
      return await run();
    } catch (error) {
      ctx.log({ event: "internal", name, code: "broke_off", fault: faultOf(error) });
      return "broke_off";
    }
  };
  await part("optimize", () => ctx.db.optimize());
  const running = budget.share(SHARES.approvals);
  const approvals = await part("heal_approvals", () => healApprovals(running, ctx));
  const events: Record<string, Part<HealedEvents>> = {};
  const listed = budget.share(SHARES.events);
  for (const [index, mode] of ctx.stripe.modes.entries()) {
    const share = listed.share(1 / (ctx.stripe.modes.length - index));
    events[mode] = await part(`heal_events_${mode}`, () => healEvents(mode, share, reach, ctx));
  }
  const failed = budget.share(SHARES.failedEvents);
  const failedEvents = await part("heal_failed_events", () => healFailedEvents(failed, reach, ctx));
  const unfinished = budget.share(SHARES.operations);
  const operations = await part("heal_operations", () => healOperations(writes, unfinished, reach, ctx));
  const purchases = await part("heal_purchases", () => healPurchases(budget, reach, ctx));
  // Last, so that what the run did is sealed by the run.
  const audit = await part("seal_audit", () => sealAudit(ctx));
  const report: HealReport = { stripe: reach.report, events, failedEvents, operations, purchases, approvals, audit };
  await ctx.db.commit(insertRun(ctx, startedAt, report));
  return report;
}
