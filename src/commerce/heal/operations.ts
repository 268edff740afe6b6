import { Problem, type ProblemCode } from "../../base/problem.ts";
import { unfinishedOperations } from "../../db/heal.ts";
import type { ConfirmedWrite } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { resumeOperation } from "../../kernel/run-write.ts";
import { BUMPS_AT_ONCE } from "../checkout/offers.ts";
import { type Budget, PAGES_TO_SEARCH } from "./budget.ts";
import type { Reach } from "./reach.ts";

/** How old an unfinished operation is before the scheduled run finishes it; until then its caller may. */
export const PATIENCE_MS = 2 * 60_000;
const AT_ONCE = 50;
/**
 * For a checkout: one read, the note of the try, two tries at Stripe with a search each, of which the library may repeat one
 * call, and three tries to commit with a read each; before them its lines, and the price at Stripe of each.
 */
const WORST_OPERATION = 1 + 1 + 2 * (2 + PAGES_TO_SEARCH + 1) + 6 + 1 + (1 + BUMPS_AT_ONCE);

/** Refusals that end an operation as a success does. */
const FINAL: ReadonlySet<ProblemCode> = new Set(["ineligible_state", "provider_refused"]);

/** Finishes operations that their callers left unfinished, as a repeated call would. A final refusal finishes one, too. */
export async function healOperations(
  writes: readonly ConfirmedWrite[],
  budget: Budget,
  reach: Reach,
  ctx: Context,
): Promise<{ found: number; settled: number }> {
  const counts = { found: 0, settled: 0 };
  if (budget.left <= WORST_OPERATION) return counts;
  const old = { createdBefore: ctx.clock.now() - PATIENCE_MS, modes: reach.modes };
  const { stuck } = await ctx.db.read({ stuck: unfinishedOperations(ctx, old, AT_ONCE) });
  for (const operation of stuck) {
    const write = writes.find(({ name }) => name === operation.writeName);
    if (!write) continue;
    if (budget.left < WORST_OPERATION) break;
    counts.found++;
    try {
      await resumeOperation(write, operation, ctx);
      counts.settled++;
    } catch (refusal) {
      // A final refusal ends the operation as a success does; after any other error the next run tries again.
      const final = refusal instanceof Problem && FINAL.has(refusal.code);
      if (final) counts.settled++;
      else ctx.log({ event: "internal", name: operation.writeName, operationId: operation.id, code: "not_settled" });
    }
  }
  return counts;
}
