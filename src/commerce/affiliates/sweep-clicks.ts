import { removeOldClicks } from "../../db/referrals.ts";
import type { Context } from "../../kernel/context.ts";

/** Clicks that one run looks at: 192,000 a day, and the bounds let far fewer in. */
const AT_ONCE = 2_000;

/** Removes clicks whose time for an attribution is over and that none names. One round trip; two runs at once do no harm. */
export async function sweepClicks(ctx: Context): Promise<{ readonly removed: number }> {
  const { removed } = await ctx.db.read(removeOldClicks(ctx, AT_ONCE));
  return { removed: removed.length };
}
