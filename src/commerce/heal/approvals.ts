import { expireOverdueApprovals, overdueApprovals } from "../../db/approval-ends.ts";
import type { Context } from "../../kernel/context.ts";
import type { Budget } from "./budget.ts";

const AT_ONCE = 100;

/**
 * Marks approvals past their time as expired, deletes their arguments and audits it. Their pages refuse a decision since
 * that time, so nothing else changes.
 */
export async function healApprovals(budget: Budget, ctx: Context): Promise<{ ended: number }> {
  const counts = { ended: 0 };
  for (let more = true; more && budget.left >= 2; ) {
    const { over } = await ctx.db.read({ over: overdueApprovals(ctx, AT_ONCE) });
    more = over.length === AT_ONCE;
    if (over.length === 0) break;
    await ctx.db.commit(
      expireOverdueApprovals(
        ctx,
        over.map(({ id }) => id),
      ),
    );
    counts.ended += over.length;
  }
  return counts;
}
