import { purchaseQueries } from "../../db/purchase-rows.ts";
import { purchaseWrites } from "../../db/purchase-writes.ts";
import type { Context } from "../../kernel/context.ts";
import { reportEffects } from "./effects.ts";
import { readAndCommit } from "./known.ts";
import { nothingNew } from "./report.ts";

/** Folds the stored facts of a purchase again, at a later time. It calls D1 alone. */
export function foldAgain(checkoutIntentId: string, ctx: Context): Promise<void> {
  const report = nothingNew(checkoutIntentId);
  return readAndCommit(
    () => purchaseQueries(ctx, report.target),
    (rows) => {
      const [intent] = rows.intent;
      if (!intent) return { writes: [], answer: undefined };
      const now = ctx.clock.now();
      const source = {
        stripeMode: intent.stripeMode,
        stripeEventId: null,
        at: now,
        actorKind: "scheduled_run",
        eventKind: "checkout_session_verified",
        buyerEmailHash: null,
        returnLinkSha256: null,
      } as const;
      return { writes: purchaseWrites(ctx, reportEffects(report, rows, source, now, ctx).changes), answer: undefined };
    },
    ctx,
  );
}
