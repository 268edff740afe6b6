import { type IntentRow, noteTry, triesOf } from "../../db/checkouts.ts";
import type { Query } from "../../db/database.ts";
import type { earlierOrders } from "../../db/earlier-orders.ts";
import type { OutsideEffect } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { createOrFindSession, type FrozenRequest, type SessionOutcome } from "../../stripe/checkout-session.ts";
import { logRefusal } from "../../stripe/note-refusal.ts";
import { tryFrom } from "../../stripe/search-spans.ts";
import { type PendingCheckout, type StartedCheckout, urlPlace } from "./hosted-checkout.ts";
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
  const outcome = await createOrFindSession(
    {
      checkoutIntentId: intent.id,
      stripeMode: intent.stripeMode,
      actorId: intent.actorId,
      idempotencyKey: intent.idempotencyKey,
      attempt: intent.attempt,
      frozenRequest: JSON.parse(intent.frozenRequestJson) as FrozenRequest,
      apiVersion: intent.frozenApiVersion,
      successUrl: await ctx.keyring.open(intent.successUrl, urlPlace(intent.id)),
      cancelUrl: await ctx.keyring.open(intent.cancelUrl, urlPlace(intent.id)),
      tries: triesOf(intent),
      expiresAt: intent.expiresAt,
      searchedTo: intent.sessionSearchedTo,
      unanswered: intent.status === "blocked" && intent.stripeCheckoutSessionId === null,
    },
    ctx,
  );
  if ("refusal" in outcome && outcome.refusal) logRefusal(ctx.log, outcome.refusal, intent.operationId);
  return outcome;
}
