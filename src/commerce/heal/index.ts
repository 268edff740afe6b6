import type { Context } from "../../context.ts";
import { insertRun } from "../../db/heal.ts";
import type { ConfirmedWrite } from "../../kernel/confirmed-write.ts";
import { type HealedEvents, healEvents } from "./events.ts";
import { healFailedEvents } from "./failed-events.ts";
import { healOperations } from "./operations.ts";
import { type HealedPurchases, healPurchases } from "./purchases.ts";

/** Events that one run applies a mode; what is more waits for the next. */
const EVENT_BUDGET = 1000;

/** What a run did, in counts. */
export interface HealReport {
  readonly events: Readonly<Record<string, HealedEvents | "unreachable">>;
  readonly failedEvents: { readonly tried: number; readonly applied: number };
  readonly purchases: HealedPurchases;
  readonly operations: { readonly found: number; readonly settled: number };
}

/**
 * Makes true here what Stripe knows and we missed: first its event list, then the objects themselves, then operations
 * that nobody finished. Every step is idempotent and bounded: two runs at once, or one that dies, do no harm.
 */
export async function heal(writes: readonly ConfirmedWrite[], ctx: Context): Promise<HealReport> {
  const startedAt = ctx.clock.now();
  const events: Record<string, HealedEvents | "unreachable"> = {};
  for (const mode of ctx.stripe.modes) {
    events[mode] = await healEvents(mode, EVENT_BUDGET, ctx).catch(() => "unreachable" as const);
  }
  const report: HealReport = {
    events,
    failedEvents: await healFailedEvents(ctx),
    operations: await healOperations(writes, ctx),
    purchases: await healPurchases(ctx),
  };
  await ctx.db.commit([insertRun(ctx, startedAt, report)]);
  return report;
}
