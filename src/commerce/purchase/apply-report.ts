import { GuardFailed } from "../../db/database.ts";
import { purchaseQueries } from "../../db/purchase-rows.ts";
import { purchaseWrites } from "../../db/purchase-writes.ts";
import type { ActorKind } from "../../db/schema/vocabulary.ts";
import type { AuditEntry } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { reportEffects } from "./effects.ts";
import { purchaseAudit } from "./event-records.ts";
import { hashesOf } from "./known.ts";
import type { Report } from "./report.ts";

/**
 * Other reports on the same purchase may be applied at the same time, and the loser reads again. Stripe tells of a plan's
 * start in seven events at once, and in each round one of them wins.
 */
const TRIES = 12;
/** Calls to D1 that applying an event or a report makes at most. */
export const TRIPS_TO_APPLY = 2 * TRIES;

/** Runs a read, a decision and a commit, again while a guard finds that another commit came between. */
export async function untilCommitted<T>(readAndCommit: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      return await readAndCommit();
    } catch (error) {
      if (!(error instanceof GuardFailed)) throw error;
    }
  }
  throw new Error("a report lost every race for its purchase");
}

/** Who looked, and what the audit calls a change that follows. */
export interface Look {
  readonly actorKind: ActorKind;
  readonly eventKind: AuditEntry["eventKind"];
}

/**
 * Applies what we fetched from Stripe ourselves, through the same fold as an event. True where something changed.
 * Throws when it lost every race: the next look finds the same.
 */
export async function applyReport(report: Report, { actorKind, eventKind }: Look, ctx: Context): Promise<boolean> {
  const hashes = await hashesOf(report, ctx);
  return untilCommitted(async () => {
    const rows = await ctx.db.read(purchaseQueries(ctx, report.target));
    const now = ctx.clock.now();
    const source = { stripeEventId: null, at: now, eventKind, ...hashes };
    const effects = reportEffects(report, rows, source, now, ctx);
    const writes = purchaseWrites(ctx, effects.changes);
    if (writes.length === 0) return false;
    const by = { actorKind, stripeEventId: null };
    await ctx.db.commit([...writes, ...purchaseAudit(effects.audit, rows.intent[0], by, now, ctx)]);
    return true;
  });
}
