import { Problem } from "../../base/problem.ts";
import { isoTime, nextVersion } from "../../base/time.ts";
import { type IntentRow, noteSearched, updateIntent } from "../../db/checkouts.ts";
import type { Query } from "../../db/database.ts";
import type { Refusal } from "../../db/provider-refusals.ts";
import { noteFact } from "../../db/purchases.ts";
import type { OperationSeed, Settlement } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { inProgress, outcomeUnknown, retryAfter } from "../../kernel/write-refusals.ts";
import { PRICE_DIFFERS } from "../../stripe/check-prices.ts";
import type { SessionOutcome } from "../../stripe/checkout-session.ts";
import { readSession } from "../../stripe/session-events.ts";
import { mismatchesIn } from "./as-confirmed.ts";
import {
  checkoutEntry,
  isUnanswered,
  type PendingCheckout,
  type StartedCheckout,
  urlPlace,
} from "./hosted-checkout.ts";
import { countedRefusal, providerRefused, refusedChanges } from "./refused.ts";

type Settled = Settlement<StartedCheckout>;

/** What each outcome's settlement works with. */
interface Settling {
  readonly pending: PendingCheckout;
  readonly operation: OperationSeed;
  readonly ctx: Context;
  readonly updatedAt: number;
  /** True while the checkout is blocked because Stripe's answer is missing. */
  readonly unanswered: boolean;
  /** True when this settlement decides the status; false after a webhook has decided it. */
  readonly undecided: boolean;
  change(fields: Partial<IntentRow>): Query[];
}

/** Turns the outcome of a try to make the session into rows and an answer. */
export async function settleCheckout(
  pending: PendingCheckout,
  outcome: SessionOutcome,
  operation: OperationSeed,
  ctx: Context,
): Promise<Settled> {
  const { intent } = pending;
  const updatedAt = nextVersion(intent.updatedAt, ctx.clock.now());
  const unanswered = isUnanswered(intent);
  const settling: Settling = {
    pending,
    operation,
    ctx,
    updatedAt,
    unanswered,
    undecided: intent.status === "created" || unanswered,
    change: (fields) => updateIntent(ctx, intent, { ...fields, updatedAt }),
  };
  switch (outcome.kind) {
    case "session":
      return sessionMade(outcome, settling);
    case "nothing_created":
      return nothingCreated(outcome.attempt, settling);
    case "refused":
      return refused(outcome.refusal, settling);
    case "in_flight":
      return inFlight(settling);
    case "unknown":
      return sessionUnknown(outcome, settling);
    case "too_late":
      return ranOut(settling, {});
  }
}

/** The checkout opens, unless the session is priced otherwise than confirmed or has ended already. */
async function sessionMade(
  { session, attempt }: Extract<SessionOutcome, { kind: "session" }>,
  settling: Settling,
): Promise<Settled> {
  const { pending, ctx, undecided, updatedAt, change } = settling;
  const { intent, otherOpenCheckouts } = pending;
  const made = { stripeCheckoutSessionId: session.id, attempt };
  const read = readSession(session);
  const isSubtotal = session.amount_subtotal === intent.amountCents || intent.taxBehavior === "inclusive";
  if (!read || !isSubtotal || mismatchesIn(read, intent).length > 0) return pricedOtherwise(made, settling);
  if (session.status === "expired") return ranOut(settling, made);
  const status = undecided ? "open" : intent.status;
  // An order that was paid meanwhile has no page to pay on.
  const stripeCheckoutUrl =
    session.url && status === "open" ? await ctx.keyring.seal(session.url, urlPlace(intent.id)) : null;
  return {
    status: "succeeded",
    result: {
      checkoutIntentId: intent.id,
      checkoutUrl: await ctx.keyring.open(intent.redirectUrl, urlPlace(intent.id)),
      expiresAt: isoTime(intent.expiresAt),
      amountCents: intent.amountCents,
      currency: intent.currency,
      stripeMode: intent.stripeMode,
      status,
      updatedAt: isoTime(updatedAt),
      ...(otherOpenCheckouts.length > 0 && { otherOpenCheckouts: [...otherOpenCheckouts] }),
    },
    writes: change({ ...made, status, stripeCheckoutUrl, blockedReason: undecided ? null : intent.blockedReason }),
    audit: [checkoutEntry(intent, "checkout_session_created", status, "The hosted payment page was created.")],
  };
}

/** The link of such a session is never given out, so the session can't be paid. */
function pricedOtherwise(made: Partial<IntentRow>, { pending: { intent }, change }: Settling): Settled {
  const summary = "The session did not have the confirmed price and was not handed out.";
  return {
    status: "failed",
    problem: new Problem("ineligible_state", {
      detail: "The payment provider priced this otherwise than was confirmed. Nothing was handed out.",
    }),
    writes: change({ ...made, status: "blocked", blockedReason: "session_mispriced" }),
    audit: [checkoutEntry(intent, "checkout_session_not_created", "blocked", summary)],
  };
}

/** The checkout can never be paid: its session ended, or Stripe makes none so near to the frozen expiry. */
function ranOut({ pending: { intent }, undecided, change }: Settling, made: Partial<IntentRow>): Settled {
  const summary = "The checkout ran out before it was handed out.";
  return {
    status: "failed",
    problem: new Problem("ineligible_state", {
      detail: "This checkout ran out before it could be handed out. Start a new one with a new key.",
    }),
    writes: change({ ...made, status: undecided ? "expired" : intent.status }),
    audit: undecided ? [checkoutEntry(intent, "checkout_session_not_created", "expired", summary)] : [],
  };
}

/** Stripe refused the try. A call with the same key tries again, as the next attempt where Stripe stored the refusal. */
function nothingCreated(attempt: number, { pending, operation, unanswered, undecided, change }: Settling): Settled {
  const { intent } = pending;
  // An earlier try was not answered: a refusal that used up no attempt tells nothing about that one.
  if (unanswered && attempt === intent.attempt) {
    return unchanged("outcome_unknown", outcomeUnknown(operation.id, operation.age));
  }
  const problem = new Problem("provider_unavailable", {
    detail: "The payment provider created nothing. Repeat the call unchanged with the same key.",
    retryAfterSeconds: retryAfter(operation.age),
  });
  if (attempt === intent.attempt) return unchanged("pending", problem);
  const summary = "The payment provider refused and created nothing.";
  return {
    status: "pending",
    problem,
    writes: change({ attempt, status: undecided ? "created" : intent.status, blockedReason: null }),
    audit: [checkoutEntry(intent, "checkout_session_not_created", "created", summary)],
  };
}

/** Stripe makes no session for this request, now or later. What a webhook has told of the checkout meanwhile stays. */
function refused(refusal: Refusal, { pending, operation, undecided, change, ctx }: Settling): Settled {
  const { intent } = pending;
  const status = undecided ? "failed" : intent.status;
  const summary =
    refusal.type === PRICE_DIFFERS
      ? "A price that stands at the payment provider differs from the confirmed one, so no payment page was asked for."
      : "The payment provider refused to make the payment page, and will refuse it again.";
  const { writes, audit } = refusedChanges(refusal, { intent, status, summary }, operation, ctx);
  return {
    status: "failed",
    problem: providerRefused("Nothing is open, and nothing was charged."),
    writes: [
      // There is no session that could be checked at Stripe.
      ...change({
        status,
        blockedReason: undecided ? null : intent.blockedReason,
        ...(undecided && { checkAt: null }),
      }),
      noteFact(ctx, intent.id, "provider_refused", operation.now),
      ...writes,
    ],
    audit,
  };
}

/** Another call with the same key is at Stripe at this moment. */
function inFlight({ unanswered, operation }: Settling): Settled {
  return unchanged(unanswered ? "outcome_unknown" : "pending", inProgress(operation.age));
}

/** A session may exist: the checkout is blocked until Stripe tells. */
function sessionUnknown(
  { searchedTo, refusal }: Extract<SessionOutcome, { kind: "unknown" }>,
  { pending: { intent }, operation, ctx, change }: Settling,
): Settled {
  const searched = [
    ...(searchedTo === null ? [] : [noteSearched(ctx, intent.id, searchedTo)]),
    ...(refusal ? countedRefusal(refusal, intent, operation, ctx) : []),
  ];
  const problem = outcomeUnknown(operation.id, operation.age);
  if (intent.status !== "created") return { ...unchanged("outcome_unknown", problem), writes: searched };
  const summary = "The payment provider gave no answer that can be relied on.";
  return {
    status: "outcome_unknown",
    problem,
    writes: [...change({ status: "blocked", blockedReason: "session_unknown" }), ...searched],
    audit: [checkoutEntry(intent, "checkout_session_outcome_unknown", "blocked", summary)],
  };
}

function unchanged(status: "pending" | "outcome_unknown", problem: Problem): Settled {
  return { status, problem, writes: [], audit: [] };
}
