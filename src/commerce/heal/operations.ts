import type { Context } from "../../context.ts";
import { stuckOperations } from "../../db/operations.ts";
import type { ConfirmedWrite } from "../../kernel/confirmed-write.ts";
import { Problem } from "../../kernel/problem.ts";
import { resumeOperation } from "../../kernel/run-write.ts";

/** A caller that still waits gets this long before the schedule takes over. */
const PATIENCE_MS = 2 * 60_000;
const BATCH = 50;

/** Finishes operations whose caller never came back, as a repeated call would. A refusal is an end, too, where it is final. */
export async function healOperations(
  writes: readonly ConfirmedWrite[],
  ctx: Context,
): Promise<{ found: number; settled: number }> {
  const { stuck } = await ctx.db.read({ stuck: stuckOperations(ctx, ctx.clock.now() - PATIENCE_MS, BATCH) });
  let settled = 0;
  for (const operation of stuck) {
    const write = writes.find(({ name }) => name === operation.writeName);
    if (!write || operation.argumentsSealed === null) continue;
    try {
      await resumeOperation(write, operation, ctx);
      settled++;
    } catch (refusal) {
      // A final refusal ends the operation as a success does; anything else is tried again by the next run.
      const final = refusal instanceof Problem && refusal.code === "ineligible_state";
      if (final) settled++;
      else ctx.log({ event: "internal", name: operation.writeName, operationId: operation.id, code: "not_settled" });
    }
  }
  return { found: stuck.length, settled };
}
