import { type SealReport, TRIPS_TO_SEAL } from "../../audit/seal-audit.ts";
import { faultOf } from "../../base/log.ts";
import { forgetPastCounts } from "../../db/counts.ts";
import { forgetPastRecords, forgetPastUses } from "../../db/grant-records.ts";
import { insertRun } from "../../db/heal.ts";
import { forgetOldRefusals, type Refusal } from "../../db/provider-refusals.ts";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import type { ConfirmedWrite } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { logRefusal, refusalWrites } from "../../stripe/note-refusal.ts";
import { sweepClicks } from "../affiliates/sweep-clicks.ts";
import { clearEndedCheckouts, TRIPS_TO_CLEAR } from "../checkout/clear-ended.ts";
import { type SentMails, sendMails, TRIPS_TO_SEND } from "../mails/send-mails.ts";
import { healApprovals } from "./approvals.ts";
import { meter } from "./budget.ts";
import { type HealedEvents, healEvents } from "./events.ts";
import { type HealedFailures, healFailedEvents } from "./failed-events.ts";
import { healKeptPlans } from "./kept-plans.ts";
import { healModes } from "./modes.ts";
import { healOperations } from "./operations.ts";
import { type HealedPurchases, healPurchases } from "./purchases.ts";
import { openReach, type Reached } from "./reach.ts";
import { type HealedTraces, healTraces } from "./traces.ts";

/**
 * Calls to Stripe and D1 that one run makes at most; work beyond it waits for the next run. D1 gives an invocation of a
 * Worker 1,000 queries; the other 100 are for the sweep of uploads in the same invocation.
 */
const TRIPS_PER_RUN = 900;
/** Calls reserved for the end of a run: old clicks and checkouts, the audit's seal, and the run's own record. */
const TRIPS_AT_THE_END = TRIPS_TO_SEAL + TRIPS_TO_CLEAR + 2;
/** The fraction of the calls left that each part may use, in this order; purchases get the rest. */
const SHARES = {
  approvals: 0.05,
  events: 0.6,
  failedEvents: 0.25,
  traces: 0.2,
  keptPlans: 0.2,
  operations: 0.35,
  mails: 0.35,
} as const;

/** Rounds of the outbox that one run makes at most: 50 mails, which no mail service takes for a burst. */
const ROUNDS_OF_MAIL = 5;
/** Refusals that one run counts at most: more of them tell the owner nothing new. */
const COUNTED_IN_A_RUN = 30;

/** The result of a part of a run. A part that threw keeps its commits, and the next run continues. */
type Part<T> = T | "broke_off";

/** What a run did, in counts. */
export interface HealReport {
  readonly stripe: Readonly<Partial<Record<StripeMode, Reached>>>;
  readonly events: Readonly<Record<string, Part<HealedEvents>>>;
  readonly failedEvents: Part<HealedFailures>;
  readonly traces: Part<HealedTraces>;
  readonly keptPlans: Part<{ readonly ended: number }>;
  readonly operations: Part<{ readonly found: number; readonly settled: number }>;
  readonly purchases: Part<HealedPurchases>;
  readonly mails: Part<SentMails>;
  readonly approvals: Part<{ readonly ended: number }>;
  readonly clicks: Part<{ readonly removed: number }>;
  readonly endedCheckouts: Part<{ readonly removed: number; readonly emptied: number }>;
  readonly audit: Part<SealReport>;
}

/**
 * Opens closed modes whose key Stripe takes again and expires approvals, then brings the database up to date with Stripe:
 * missed events, failed events, untraced payments, past due plans and unfinished operations; it sends the mails that are due,
 * and looks at the objects of purchases. Then it removes old clicks, clears ended checkouts, and seals the audit. Every step
 * is idempotent and bounded, and runs also after an earlier step failed: two runs at once, or one that dies, do no harm.
 */
export async function heal(
  writes: readonly ConfirmedWrite[],
  sealAudit: (ctx: Context) => Promise<SealReport>,
  uncounted: Context,
): Promise<HealReport> {
  const startedAt = uncounted.clock.now();
  const budget = meter(uncounted, TRIPS_PER_RUN - TRIPS_AT_THE_END);
  const refusals: Refusal[] = [];
  const ctx = hearRefusals(budget.ctx, refusals);
  const part = async <T>(name: string, run: () => Promise<T>): Promise<Part<T>> => {
    try {
      return await run();
    } catch (error) {
      ctx.log({ event: "internal", name, code: "broke_off", fault: faultOf(error) });
      return "broke_off";
    }
  };
  await part("optimize", () => ctx.db.optimize());
  const opened = await part("heal_modes", () => healModes(ctx));
  const reach = opened === "broke_off" ? openReach(ctx.stripe.modes) : opened;
  const overdue = budget.share(SHARES.approvals);
  const approvals = await part("heal_approvals", () => healApprovals(overdue, ctx));
  const events: Record<string, Part<HealedEvents>> = {};
  const listed = budget.share(SHARES.events);
  for (const [index, mode] of ctx.stripe.modes.entries()) {
    const share = listed.share(1 / (ctx.stripe.modes.length - index));
    events[mode] = await part(`heal_events_${mode}`, () => healEvents(mode, share, reach, ctx));
  }
  const failed = budget.share(SHARES.failedEvents);
  const failedEvents = await part("heal_failed_events", () => healFailedEvents(failed, reach, ctx));
  const unknown = budget.share(SHARES.traces);
  const traces = await part("heal_traces", () => healTraces(unknown, reach, ctx));
  const kept = budget.share(SHARES.keptPlans);
  const keptPlans = await part("heal_kept_plans", () => healKeptPlans(kept, ctx));
  const unfinished = budget.share(SHARES.operations);
  const operations = await part("heal_operations", () => healOperations(writes, unfinished, reach, ctx));
  const due = budget.share(SHARES.mails);
  const sendDue = {
    atOnce: true,
    mayContinue: (rounds: number) => rounds < ROUNDS_OF_MAIL && due.left >= TRIPS_TO_SEND,
  };
  const mails = await part("send_mails", () => sendMails(ctx, sendDue));
  const purchases = await part("heal_purchases", () => healPurchases(budget, reach, ctx));
  const clicks = await part("old_clicks", () => sweepClicks(ctx));
  const endedCheckouts = await part("ended_checkouts", () => clearEndedCheckouts(ctx));
  // Last, so that the seal covers the audit rows of this run.
  const audit = await part("seal_audit", () => sealAudit(ctx));
  const report: HealReport = {
    stripe: reach.report,
    events,
    failedEvents,
    traces,
    keptPlans,
    operations,
    purchases,
    mails,
    approvals,
    clicks,
    endedCheckouts,
    audit,
  };
  await ctx.db.commit([
    ...insertRun(ctx, startedAt, report),
    ...refusals.flatMap((refusal) => refusalWrites(refusal, ctx)),
    forgetOldRefusals(ctx, startedAt),
    forgetPastCounts(ctx, startedAt),
    forgetPastUses(ctx.db, startedAt),
    forgetPastRecords(ctx.db, startedAt),
  ]);
  return report;
}

/** The context of a run: the refusals of its reads are logged at once, and kept for the commit at its end. */
function hearRefusals(ctx: Context, refusals: Refusal[]): Context {
  const refused = (refusal: Refusal) => {
    logRefusal(ctx.log, refusal);
    if (refusals.length < COUNTED_IN_A_RUN) refusals.push(refusal);
  };
  return { ...ctx, stripe: ctx.stripe.usedFor({ refused }) };
}
