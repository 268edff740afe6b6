import { Problem } from "../../base/problem.ts";
import { isoTime, nextVersion } from "../../base/time.ts";
import { type IntentRow, noteSearched, updateIntent } from "../../db/checkouts.ts";
import type { Changes, OperationSeed, Settlement } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { outcomeUnknown } from "../../kernel/write-refusals.ts";
import type { SessionOutcome } from "../../stripe/checkout-session.ts";
import { entry, type PendingCheckout, type StartedCheckout, urlPlace } from "./hosted-checkout.ts";

/** Turns what Stripe said into rows and an answer. */
export async function settleCheckout(
  { intent, otherOpenCheckouts }: PendingCheckout,
  outcome: SessionOutcome,
  operation: OperationSeed,
  ctx: Context,
): Promise<Settlement<StartedCheckout>> {
  const updatedAt = nextVersion(intent.updatedAt, ctx.clock.now());
  const moved = (change: Partial<IntentRow>) => updateIntent(ctx, intent, { ...change, updatedAt });
  // Blocked for want of an answer, not because Stripe's facts contradict what was confirmed.
  const unanswered = intent.status === "blocked" && intent.stripeCheckoutSessionId === null;
  const waiting = intent.status === "created" || unanswered;

  switch (outcome.kind) {
    case "session": {
      const { session } = outcome;
      const { id: sessionId, url } = session;
      const handedOut = { stripeCheckoutSessionId: sessionId, attempt: outcome.attempt };
      if (
        session.amount_total !== intent.amountCents ||
        session.currency !== intent.currency ||
        session.livemode !== (intent.stripeMode === "live")
      ) {
        const writes = moved({
          ...handedOut,
          status: "blocked",
          blockedReason: "session_mispriced",
        });
        return {
          status: "failed",
          problem: new Problem("ineligible_state", {
            detail: "The payment provider priced this otherwise than was confirmed. Nothing was handed out.",
          }),
          writes,
          audit: [
            entry(
              intent,
              "checkout_session_not_created",
              "blocked",
              "The session did not have the confirmed price and was not handed out.",
            ),
          ],
        };
      }
      if (session.status === "expired")
        return ranOut(intent, moved({ ...handedOut, status: waiting ? "expired" : intent.status }), waiting);
      // A webhook may have been quicker than this finish: what it found out stays.
      const status = waiting ? "open" : intent.status;
      const stripeCheckoutUrl = url ? await ctx.keyring.seal(url, urlPlace(intent.id)) : null;
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
        writes: moved({
          ...handedOut,
          status,
          stripeCheckoutUrl,
          blockedReason: waiting ? null : intent.blockedReason,
        }),
        audit: [entry(intent, "checkout_session_created", status, "The hosted payment page was created.")],
      };
    }
    case "too_late":
      return ranOut(intent, moved({ status: waiting ? "expired" : intent.status }), waiting);
    case "nothing_created": {
      // Stripe did not look at this try, so what an earlier one did is as unknown as before.
      if (unanswered && outcome.attempt === intent.attempt) {
        return { status: "outcome_unknown", problem: outcomeUnknown(operation.id), writes: [], audit: [] };
      }
      const changed = outcome.attempt !== intent.attempt || unanswered;
      return {
        status: "pending",
        problem: new Problem("provider_unavailable", {
          detail: "The payment provider created nothing. Repeat the call unchanged with the same key.",
          retryAfterSeconds: 2,
        }),
        writes: changed
          ? moved({ attempt: outcome.attempt, status: waiting ? "created" : intent.status, blockedReason: null })
          : [],
        audit: changed
          ? [
              entry(
                intent,
                "checkout_session_not_created",
                "created",
                "The payment provider refused and created nothing.",
              ),
            ]
          : [],
      };
    }
    case "in_flight":
      return {
        status: unanswered ? "outcome_unknown" : "pending",
        problem: new Problem("operation_in_progress", {
          detail: "The same key is being worked on. Repeat the call unchanged in a moment.",
          retryAfterSeconds: 1,
        }),
        writes: [],
        audit: [],
      };
    case "unknown": {
      const known = intent.status !== "created";
      const { searchedTo } = outcome;
      return {
        status: "outcome_unknown",
        problem: outcomeUnknown(operation.id),
        writes: [
          ...(known ? [] : moved({ status: "blocked", blockedReason: "session_unknown" })),
          ...(searchedTo === null ? [] : [noteSearched(ctx, intent.id, searchedTo)]),
        ],
        audit: known
          ? []
          : [
              entry(
                intent,
                "checkout_session_outcome_unknown",
                "blocked",
                "The payment provider gave no answer that can be relied on.",
              ),
            ],
      };
    }
  }
}

function ranOut(intent: IntentRow, writes: Changes["writes"], waiting: boolean): Settlement<StartedCheckout> {
  return {
    status: "failed",
    problem: new Problem("ineligible_state", {
      detail: "This checkout ran out before it could be handed out. Start a new one with a new key.",
    }),
    writes,
    audit: waiting
      ? [entry(intent, "checkout_session_not_created", "expired", "The checkout ran out before it was handed out.")]
      : [],
  };
}
