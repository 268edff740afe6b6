import { type IntentRow, linesOfCheckouts } from "../../db/checkouts.ts";
import { openCheckoutsOf } from "../../db/open-checkouts.ts";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import type { Tax } from "../tax.ts";

/** What a person is about to start, as it is sold now. */
interface Wanted {
  readonly of: { readonly offerId: string } | { readonly planSlug: string };
  readonly prices: readonly { readonly id: string; readonly unitAmountCents: number }[];
  readonly tax: Tax;
  readonly mode: StripeMode;
}

/**
 * The person's open order of exactly this: the same lines at the same prices, with the same tax and mode, so that its
 * payment page asks for what they have just read. An order of the plan with its setup is no order of the plan alone.
 */
export async function sameOpenOrder(
  actorId: string,
  { of, prices, tax, mode }: Wanted,
  ctx: Context,
): Promise<IntentRow | undefined> {
  const { open } = await ctx.db.read({ open: openCheckoutsOf(ctx, actorId, of) });
  if (open.length === 0) return undefined;
  const { lines } = await ctx.db.read({
    lines: linesOfCheckouts(
      ctx,
      open.map(({ id }) => id),
    ),
  });
  const wanted = textOf(prices);
  return open.find(
    (intent) =>
      intent.taxBehavior === tax &&
      intent.stripeMode === mode &&
      textOf(
        lines
          .filter(({ checkoutIntentId }) => checkoutIntentId === intent.id)
          .map(({ priceId, unitAmountCents }) => ({ id: priceId, unitAmountCents })),
      ) === wanted,
  );
}

const textOf = (prices: Wanted["prices"]): string =>
  JSON.stringify(prices.map(({ id, unitAmountCents }) => [id, unitAmountCents]));
