import type Stripe from "stripe";
import type { Change } from "./change.ts";
import { charges } from "./charges.ts";
import { seconds } from "./clock.ts";
import { collection, type Stored } from "./collection.ts";
import { invalid, refused } from "./errors.ts";
import { eventOf } from "./events.ts";
import { newId } from "./ids.ts";
import { formatAmount } from "./money.ts";
import type { OfInvoice } from "./payment-intents.ts";
import { presentedPart } from "./presentment.ts";
import type { Sandbox } from "./sandbox.ts";

/** All stored refunds. */
export const refunds = collection<Stripe.Refund, null>("refund", "refunds");

/** The options of a refund. */
interface RefundOptions {
  /** Left out: all that is not refunded yet. */
  amount?: number | undefined;
  reason?: string | undefined;
  metadata?: Record<string, string> | undefined;
  /** A card is refunded at once; a bank transfer is pending first. */
  status?: "succeeded" | "pending" | undefined;
}

/** A refund in its new state, and the change that stores it. */
interface RefundOutcome {
  refund: Stripe.Refund;
  change: Change;
}

/** Refunds a charge in full or in part. Refuses a charge that is unpaid, disputed or refunded in full, and too high an amount. */
export function refunded(
  sandbox: Sandbox,
  charge: Stored<Stripe.Charge, OfInvoice>,
  options: RefundOptions,
): RefundOutcome {
  const { body } = charge;
  const left = body.amount_captured - body.amount_refunded;
  const amount = options.amount ?? left;
  assertRefundable(body, amount, left);
  const refund = newRefund(sandbox, body, amount, options);
  const after = withRefunded(body, body.amount_refunded + amount);
  return {
    refund,
    change: {
      writes: [...refunds.insert(sandbox, refund, null), ...charges.replace(sandbox, charge, after)],
      events: [
        eventOf(sandbox, "refund.created", refund),
        eventOf(sandbox, "charge.refunded", after, body, charge.hidden),
      ],
    },
  };
}

/** A pending refund succeeds, or a refund fails: its amount then counts as not refunded. */
export async function refundSettled(
  sandbox: Sandbox,
  stored: Stored<Stripe.Refund, null>,
  outcome: "succeeded" | "failed",
): Promise<RefundOutcome> {
  const before = stored.body;
  if (before.status === "failed" || before.status === outcome) {
    throw refused(`This refund is ${before.status} and can't become ${outcome}.`);
  }
  if (outcome === "succeeded") {
    const refund: Stripe.Refund = { ...before, status: "succeeded" };
    const events = [eventOf(sandbox, "refund.updated", refund, before)];
    return { refund, change: { writes: refunds.replace(sandbox, stored, refund), events } };
  }
  const refund: Stripe.Refund = { ...before, status: "failed", failure_reason: "expired_or_canceled_card" };
  const charge = await charges.require(sandbox, String(before.charge), "charge");
  const restored = withRefunded(charge.body, charge.body.amount_refunded - before.amount);
  return {
    refund,
    change: {
      writes: [...refunds.replace(sandbox, stored, refund), ...charges.replace(sandbox, charge, restored)],
      events: [eventOf(sandbox, "refund.updated", refund, before), eventOf(sandbox, "refund.failed", refund)],
    },
  };
}

function newRefund(sandbox: Sandbox, charge: Stripe.Charge, amount: number, options: RefundOptions): Stripe.Refund {
  return {
    id: newId("re"),
    object: "refund",
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: seconds(sandbox.now),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
      type: "card",
    },
    metadata: options.metadata ?? {},
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: options.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: options.status ?? "succeeded",
    transfer_reversal: null,
    ...presentedPart(amount, charge),
    ...(options.status === "pending" ? { pending_reason: "processing" as const } : {}),
  } satisfies Stripe.Refund;
}

function withRefunded(charge: Stripe.Charge, amount_refunded: number): Stripe.Charge {
  return { ...charge, amount_refunded, refunded: amount_refunded === charge.amount_captured };
}

function assertRefundable(charge: Stripe.Charge, amount: number, left: number): void {
  if (charge.status !== "succeeded") throw refused(`Charge ${charge.id} has not been paid and can't be refunded.`);
  if (charge.disputed)
    throw refused(`Charge ${charge.id} has been charged back; cannot issue a refund.`, "charge_disputed");
  if (left === 0) throw refused(`Charge ${charge.id} has already been refunded.`, "charge_already_refunded");
  if (amount > left) {
    throw invalid(
      "amount",
      `Refund amount (${formatAmount(amount, charge.currency)}) is greater than unrefunded amount on charge (${formatAmount(left, charge.currency)})`,
    );
  }
}
