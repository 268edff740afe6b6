import { Problem } from "../../base/problem.ts";
import { isoTime, nextVersion } from "../../base/time.ts";
import { type factsOf, type IntentRow, type pricedLinesOf, updateIntent } from "../../db/checkouts.ts";
import type { BusinessRow } from "../../db/operations.ts";
import { noteFact } from "../../db/purchases.ts";
import { type CheckoutFact, foldStatus } from "../../facts/checkout-fold.ts";
import type { OperationSeed, Settlement } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { inProgress, outcomeUnknown, retryAfter } from "../../kernel/write-refusals.ts";
import type { EndOutcome } from "../../stripe/end-session.ts";
import { CLOCKS_DIFFER_MS } from "../../stripe/search-spans.ts";
import { expirePlanText, expireText } from "../confirmation-texts.ts";
import { checkoutUri } from "./own-checkout.ts";
import { providerRefused, refusedChanges } from "./refused.ts";

/** The exact confirmation text for ending a checkout, at the prices and with the tax that it was started with. */
export function expiryText(
  business: BusinessRow,
  intent: IntentRow,
  lines: Awaited<ReturnType<typeof pricedLinesOf>>,
): string {
  const { taxBehavior } = intent;
  const [first, ...others] = lines.map(({ line: { unitAmountCents }, price }) => ({ ...price, unitAmountCents }));
  if (!first) throw new Error("a checkout has at least one line");
  return intent.planSlug
    ? expirePlanText(business, first, others[0], taxBehavior)
    : expireText(business, first, others, taxBehavior);
}

/** A checkout that is being ended, with its facts. */
interface PendingExpiry {
  readonly intent: IntentRow;
  readonly facts: Awaited<ReturnType<typeof factsOf>>;
}

/** What ending a checkout answers. */
interface ExpiredCheckout {
  checkoutIntentId: string;
  status: IntentRow["status"];
  updatedAt: string;
}

/** The outcomes that settle an operation. */
const FINAL: ReadonlySet<EndOutcome["kind"]> = new Set(["ended", "complete", "refused"]);

/** Turns Stripe's outcome into rows and an answer. Where the buyer paid first, the webhook decides the status. */
export function settleExpiry(
  { intent, facts }: PendingExpiry,
  outcome: EndOutcome,
  operation: OperationSeed,
  ctx: Context,
): Settlement<ExpiredCheckout> {
  const unchanged = { writes: [], audit: [] };
  const unsettled = !FINAL.has(outcome.kind);
  if (unsettled && operation.now > intent.expiresAt + CLOCKS_DIFFER_MS) {
    return { status: "failed", problem: overByItself(intent), ...unchanged };
  }
  switch (outcome.kind) {
    case "ended":
      return ended(intent, new Set(facts.map(({ fact }) => fact)), operation, ctx);
    case "complete":
      return { status: "failed", problem: paidFirst(intent), ...unchanged };
    case "not_ended":
      return {
        status: "pending",
        problem: new Problem("provider_unavailable", {
          detail: "The payment provider did not end it. Repeat the call unchanged with the same key.",
          retryAfterSeconds: retryAfter(operation.age),
        }),
        ...unchanged,
      };
    case "refused":
      return {
        status: "failed",
        problem: providerRefused("The checkout stays as it was."),
        ...refusedChanges(
          outcome.refusal,
          { intent, status: intent.status, summary: "The payment provider refused to end the payment page." },
          operation,
          ctx,
        ),
      };
    case "in_flight":
      return { status: "pending", problem: inProgress(operation.age), ...unchanged };
    case "unknown":
      return { status: "outcome_unknown", problem: outcomeUnknown(operation.id, operation.age), ...unchanged };
  }
}

function ended(
  intent: IntentRow,
  known: ReadonlySet<CheckoutFact>,
  operation: OperationSeed,
  ctx: Context,
): Settlement<ExpiredCheckout> {
  const answer = ({ status, updatedAt }: Pick<IntentRow, "status" | "updatedAt">) => ({
    status: "succeeded" as const,
    result: { checkoutIntentId: intent.id, status, updatedAt: isoTime(updatedAt) },
  });
  const status = foldStatus([...known, "expired_by_actor"], intent.status);
  if (status !== "canceled" && status !== "blocked") {
    return { status: "failed", problem: paidFirst(intent), writes: [], audit: [] };
  }
  if (known.has("expired_by_actor")) return { ...answer(intent), writes: [], audit: [] };
  const updatedAt = nextVersion(intent.updatedAt, operation.now);
  return {
    ...answer({ status, updatedAt }),
    writes: [
      noteFact(ctx, intent.id, "expired_by_actor", operation.now),
      ...updateIntent(ctx, intent, { status, updatedAt }),
    ],
    audit: [
      {
        eventKind: "checkout_session_expired_by_actor",
        subjectId: intent.id,
        subjectStatus: status,
        checkoutIntentId: intent.id,
        summary: "The checkout was ended before it was paid.",
      },
    ],
  };
}

/** Past its own end a session takes no payment, whatever Stripe answers to the request to end it. */
function overByItself(intent: IntentRow): Problem {
  return new Problem("ineligible_state", {
    detail: "The time of this checkout is over, so there is nothing left to end. Read it again for how it stands.",
    resource: checkoutUri(intent.id),
  });
}

function paidFirst(intent: IntentRow): Problem {
  return new Problem("ineligible_state", {
    detail: "The buyer completed this checkout first. Read it again for how the payment stands.",
    resource: checkoutUri(intent.id),
  });
}
