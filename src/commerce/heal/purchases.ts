import { faultOf } from "../../base/log.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import { type CheckQueue, dueChecks, markChecked, markTried, waitingChecks } from "../../db/checks.ts";
import type { Context } from "../../kernel/context.ts";
import { checkPurchase, TRIPS_TO_CHECK } from "../purchase/check-purchase.ts";
import type { Budget } from "./budget.ts";
import type { Reach } from "./reach.ts";

/** One read of a page of checkouts, and one commit that notes which were checked and which failed. */
const TRIPS_PER_PAGE = 2;
const PAGE = 25;

export interface HealedPurchases {
  asked: number;
  changed: number;
  failed: number;
}

/**
 * Checks the checkouts that are due: Stripe's objects tell what missed events would have told. Each mode and status gets
 * its share of the budget, and the rest of a share goes to the others. The checkout that waits longest comes first. One
 * that fails is due again later, and the others get their turn.
 */
export async function healPurchases(budget: Budget, reach: Reach, ctx: Context): Promise<HealedPurchases> {
  const counts: HealedPurchases = { asked: 0, changed: 0, failed: 0 };
  if (budget.left < 1) return counts;
  // A checked checkout is due after this time, so that it has one turn in a run.
  const now = ctx.clock.now();
  const { waiting } = await ctx.db.read({ waiting: waitingChecks(ctx, now, 1) });
  let queues: readonly CheckQueue[] = waiting.filter((queue) => queue.waiting > 0);
  for (let before = Number.POSITIVE_INFINITY; queues.length > 0 && budget.left < before; ) {
    before = budget.left;
    const unfinished: CheckQueue[] = [];
    for (const [index, queue] of queues.entries()) {
      const share = budget.share(1 / (queues.length - index));
      if (await checkQueue(queue, now, { counts, budget: share, reach }, ctx)) unfinished.push(queue);
    }
    queues = unfinished;
  }
  return counts;
}

interface Turn {
  readonly counts: HealedPurchases;
  readonly budget: Budget;
  readonly reach: Reach;
}

/** Checks a queue page by page. True where the budget ended before the queue did. */
async function checkQueue(queue: CheckQueue, now: number, turn: Turn, ctx: Context): Promise<boolean> {
  const { budget, reach } = turn;
  while (reach.modes.includes(queue.stripeMode)) {
    if (budget.left < TRIPS_PER_PAGE + TRIPS_TO_CHECK) return true;
    const { page } = await ctx.db.read({ page: dueChecks(ctx, queue, now, PAGE) });
    const done = await checkPage(page, turn, ctx);
    if (done === page.length && page.length < PAGE) return false;
  }
  return false;
}

/** Checks a page; answers how many checkouts had their turn before the budget ended or the mode was closed. */
async function checkPage(page: readonly IntentRow[], { counts, budget, reach }: Turn, ctx: Context): Promise<number> {
  const answered: string[] = [];
  const failed: string[] = [];
  try {
    for (const intent of page) {
      if (budget.left < TRIPS_TO_CHECK + 1 || !reach.modes.includes(intent.stripeMode)) break;
      counts.asked++;
      try {
        if (await checkPurchase(intent, "scheduled_run", ctx)) counts.changed++;
        reach.note(intent.stripeMode);
        answered.push(intent.id);
      } catch (error) {
        counts.failed++;
        failed.push(intent.id);
        reach.note(intent.stripeMode, error);
        ctx.log({ event: "internal", name: "heal_purchases", code: "not_checked", fault: faultOf(error) });
      }
    }
  } finally {
    if (answered.length + failed.length > 0) {
      await ctx.db.commit([markChecked(ctx, answered), markTried(ctx, failed)]);
    }
  }
  return answered.length + failed.length;
}
