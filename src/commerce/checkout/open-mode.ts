import { Problem } from "../../base/problem.ts";
import type { ClosedMode } from "../../db/closed-modes.ts";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";

/**
 * Throws `ineligible_state` while Stripe refuses the key of a mode, and `provider_unavailable` where the mode has no key.
 * Called before anything is claimed. A changed key opens the mode at once.
 */
export function assertModeOpen(mode: StripeMode, closed: readonly ClosedMode[], { stripe }: Context): void {
  stripe.assertUsable(mode);
  if (!closed.some((row) => isClosed(row, mode, stripe))) return;
  throw new Problem("ineligible_state", {
    detail: `Checkout is closed in ${mode} mode until the business has mended something. Nothing was changed. Tell the business.`,
  });
}

/** Whether a row closes a mode now: it is for the key that the mode has. */
export function isClosed(row: ClosedMode, mode: StripeMode, stripe: Context["stripe"]): boolean {
  return row.stripeMode === mode && row.keyHash === stripe.keyHash(mode);
}
