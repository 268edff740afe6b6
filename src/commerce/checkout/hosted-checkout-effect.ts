import { type IntentRow, noteTry, pricedLinesOf, triesOf } from "../../db/checkouts.ts";
import type { Query } from "../../db/database.ts";
import type { earlierOrders } from "../../db/earlier-orders.ts";
import type { OutsideEffect } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { checkPrices } from "../../stripe/check-prices.ts";
import { createOrFindSession, type FrozenRequest, type SessionOutcome } from "../../stripe/checkout-session.ts";
import { logRefusal } from "../../stripe/note-refusal.ts";
import { tryFrom } from "../../stripe/search-spans.ts";
import { openRequest } from "./frozen-request.ts";
import { isUnanswered, type PendingCheckout, type StartedCheckout, urlPlace } from "./hosted-checkout.ts";
import { toldOrders } from "./order-text.ts";
import { settleCheckout } from "./settle-checkout.ts";

/** What a write that starts a checkout loads for its effect. */
type Loaded = { readonly intent: Query<IntentRow[]> } & ReturnType<typeof earlierOrders>;

/** The step of both checkout writes that calls Stripe: it asks for a session, and turns the outcome into rows. */
export const hostedCheckoutEffect: OutsideEffect<unknown, Loaded, PendingCheckout, SessionOutcome, StartedCheckout> = {
  resume: ({ loaded }) =>
    loaded.intent[0] && {
      intent: loaded.intent[0],
      otherOpenCheckouts: toldOrders(loaded, loaded.intent).map(({ id }) => id),
    },
  begin: ({ pending, ctx }) => [noteTry(ctx, pending.intent.id, tryFrom(ctx.clock.now()))],
  act: ({ pending, ctx }) => askForSession(pending.intent, ctx),
  settle: ({ pending, outcome, operation, ctx }) => settleCheckout(pending, outcome, operation, ctx),
};

/** Asks Stripe for the session of a claimed checkout. May run many times and at once. */
async function askForSession(intent: IntentRow, ctx: Context): Promise<SessionOutcome> {
  const frozenRequest = openRequest(intent.frozenRequestJson);
  const outcome = (await pricesRefused(intent, frozenRequest, ctx)) ?? (await makeSession(intent, frozenRequest, ctx));
  if ("refusal" in outcome && outcome.refusal) logRefusal(ctx.log, outcome.refusal, intent.operationId);
  return outcome;
}

/**
 * Compares prices that stand at Stripe with what was confirmed; undefined where they agree, or no line has one. Once an
 * answer of Stripe's was lost, its session is looked for instead, and compared by itself.
 */
async function pricesRefused(
  intent: IntentRow,
  { line_items = [] }: FrozenRequest,
  ctx: Context,
): Promise<SessionOutcome | undefined> {
  if (intent.status !== "created" || !line_items.some(({ price }) => price)) return undefined;
  const { lines } = await ctx.db.read({ lines: pricedLinesOf(ctx, intent.id) });
  const mapped = lines.flatMap(({ line, price }) => {
    const stripePriceId = line_items[line.position]?.price;
    if (!stripePriceId) return [];
    const { stripeMode, currency, taxBehavior } = intent;
    const { priceId, unitAmountCents } = line;
    const { billingInterval } = price;
    return [{ stripePriceId, priceId, stripeMode, unitAmountCents, currency, billingInterval, taxBehavior }];
  });
  const { stripeMode, frozenApiVersion: apiVersion } = intent;
  const outcome = await checkPrices(mapped, { stripeMode, apiVersion }, ctx);
  if (outcome.kind === "refused") return outcome;
  return outcome.kind === "not_compared" ? { kind: "nothing_created", attempt: intent.attempt } : undefined;
}

async function makeSession(intent: IntentRow, frozenRequest: FrozenRequest, ctx: Context): Promise<SessionOutcome> {
  return createOrFindSession(
    {
      checkoutIntentId: intent.id,
      stripeMode: intent.stripeMode,
      actorId: intent.actorId,
      idempotencyKey: intent.idempotencyKey,
      attempt: intent.attempt,
      frozenRequest,
      apiVersion: intent.frozenApiVersion,
      successUrl: await ctx.keyring.open(intent.successUrl, urlPlace(intent.id)),
      cancelUrl: await ctx.keyring.open(intent.cancelUrl, urlPlace(intent.id)),
      tries: triesOf(intent),
      expiresAt: intent.expiresAt,
      searchedTo: intent.sessionSearchedTo,
      unanswered: isUnanswered(intent),
    },
    ctx,
  );
}
