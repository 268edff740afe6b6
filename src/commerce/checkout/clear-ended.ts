import { clearEnded, endedCheckouts } from "../../db/ended-checkouts.ts";
import type { Context } from "../../kernel/context.ts";

/** How long a checkout that ended without a payment is kept whole: as long as its key, which is kept 30 days at least. */
const KEPT_MS = 30 * 86_400_000;
/** A checkout that changed later is left: after an outage, the runs of a day may still read events of it. */
const RESTED_MS = 86_400_000;
/** Checkouts of one run: 19,200 a day, and one account starts 300. */
const AT_ONCE = 200;
/** Calls to D1 of one run at most. */
export const TRIPS_TO_CLEAR = 2;

/**
 * Clears checkouts that ended without a payment 30 days ago, so that the database grows with sales and not with tries. The
 * audit keeps its rows. Two runs at once do no harm: the second finds nothing, or is aborted whole.
 */
export async function clearEndedCheckouts(
  ctx: Context,
): Promise<{ readonly removed: number; readonly emptied: number }> {
  const now = ctx.clock.now();
  const rows = await ctx.db.read({
    ended: endedCheckouts(ctx, { before: now - KEPT_MS, restedSince: now - RESTED_MS }, AT_ONCE),
  });
  const ended = rows.ended.map((row) => ({ ...row, named: row.named === 1 }));
  if (ended.length === 0) return { removed: 0, emptied: 0 };
  const code = await ctx.db.tryCommit(clearEnded(ctx, ended, now));

  if (code) return { removed: 0, emptied: 0 };
  const emptied = ended.filter(({ named }) => named).length;
  return { removed: ended.length - emptied, emptied };
}
