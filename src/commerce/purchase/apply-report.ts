import type { IntentRow } from "../../db/checkouts.ts";
import { purchaseQueries } from "../../db/purchase-rows.ts";
import { purchaseWrites } from "../../db/purchase-writes.ts";
import type { Context } from "../../kernel/context.ts";
import { reportEffects } from "./effects.ts";
import { hashesOf, type ReportSource, readAndCommit, withPayer } from "./known.ts";
import type { Report } from "./report.ts";

/**
 * Applies a report that no event brought: what Stripe told when it was asked, or nothing new at a later time. Answers the
 * checkout and whether a row changed; undefined where the report is about no checkout of ours, or disagrees with it. Throws
 * when it lost every race: the next report finds the same.
 */
export async function applyReport(
  report: Report,
  by: Pick<ReportSource, "stripeMode" | "actorKind">,
  ctx: Context,
): Promise<{ readonly intent: IntentRow; readonly changed: boolean } | undefined> {
  const hashes = await hashesOf(report, ctx);
  return readAndCommit(
    () => purchaseQueries(ctx, report.target),
    async (rows) => {
      const [intent] = rows.intent;
      const now = ctx.clock.now();
      const unread = {
        ...by,
        ...hashes,
        stripeEventId: null,
        at: now,
        eventKind: "checkout_session_verified",
      } as const;
      const source = await withPayer(unread, report, rows, ctx);
      const { changes } = reportEffects(report, rows, source, now, ctx);
      if (!intent || changes.kind !== "purchase") return { writes: [], answer: undefined };
      const writes = purchaseWrites(ctx, changes);
      return { writes, answer: { intent, changed: writes.length > 0 } };
    },
    ctx,
  );
}
