import { expireOverdueApprovals, overdueApprovals } from "../../db/approval-ends.ts";
import type { Context } from "../../kernel/context.ts";
import type { Budget } from "./budget.ts";

const AT_ONCE = 100;

/**
 * Marks overdue approvals as expired, with audit rows, and deletes their arguments. Their pages refuse a decision already,
 * so nothing else changes.
 */
export async function healApprovals(budget: Budget, ctx: Context): Promise<{ ended: number }> {
  const counts = { ended: 0 };
  for (let more = true; more && budget.left >= 2; ) {
    const { overdue } = await ctx.db.read({ overdue: overdueApprovals(ctx, AT_ONCE) });
    more = overdue.length === AT_ONCE;
    if (overdue.length === 0) break;
    await ctx.db.commit(
      expireOverdueApprovals(
        ctx,
        overdue.map(({ id }) => id),
      ),
    );
    counts.ended += overdue.length;
  }
  return counts;
}
