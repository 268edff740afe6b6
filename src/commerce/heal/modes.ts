import { closedModes, reopenMode } from "../../db/closed-modes.ts";
import type { Context } from "../../kernel/context.ts";
import { openReach, type Reach } from "./reach.ts";

/**
 * Opens the modes whose key Stripe takes again. An answer to a cheap read proves the key, and so does a 403, which judges
 * the rights of a key that it knows. A mode that stays closed is left out of the run.
 */
export async function healModes(ctx: Context): Promise<Reach> {
  const reach = openReach(ctx.stripe.modes);
  const { closed } = await ctx.db.read({ closed: closedModes(ctx) });
  for (const row of closed) {
    const { stripeMode } = row;
    if (!ctx.stripe.modes.includes(stripeMode)) continue;
    if (row.keyHash === ctx.stripe.keyHash(stripeMode)) {
      const error: unknown = await ctx.stripe
        .client(stripeMode)
        .checkout.sessions.list({ limit: 1 })
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
      reach.note(stripeMode, error);
      if (error !== undefined && reach.report[stripeMode] !== "rights_missing") continue;
    }
    await ctx.db.commit([reopenMode(ctx, row)]);
  }
  return reach;
}
