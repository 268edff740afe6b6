import type Stripe from "stripe";
import type { Change } from "./change.ts";
import { type ChargeStatus, charges, newCharge, withStatus } from "./charges.ts";
import type { Stored } from "./collection.ts";
import { eventOf } from "./events.ts";
import { ATTEMPT_EVENTS, type AttemptResult, afterAttempt, type OfInvoice, paymentIntents } from "./payment-intents.ts";
import type { Sandbox } from "./sandbox.ts";

const CHARGED: Record<AttemptResult, ChargeStatus | null> = {
  succeeded: "succeeded",
  processing: "pending",
  declined: "failed",
  action_required: null,
};

/** A new payment intent, or a stored one. */
export type Payable = { fresh: Stripe.PaymentIntent } | { stored: Stored<Stripe.PaymentIntent, OfInvoice> };

/** A payment intent after an attempt, the charge that the attempt made or settled, and one `payment_intent.*` event. */
export async function paymentAttempted(
  sandbox: Sandbox,
  payable: Payable,
  result: AttemptResult,
  email: string | null,
  invoice: string | null,
): Promise<{ intent: Stripe.PaymentIntent; change: Change }> {
  const before = "fresh" in payable ? payable.fresh : payable.stored.body;
  const charge = await charged(sandbox, before, CHARGED[result], email, { invoice });
  const intent = { ...afterAttempt(before, result), ...(charge.id === null ? {} : { latest_charge: charge.id }) };
  const writes =
    "fresh" in payable
      ? paymentIntents.insert(sandbox, intent, { invoice })
      : paymentIntents.replace(sandbox, payable.stored, intent);
  return {
    intent,
    change: {
      writes: [...writes, ...charge.writes],
      events: [eventOf(sandbox, ATTEMPT_EVENTS[result], intent, undefined, { invoice })],
    },
  };
}

/** Settles a pending charge; else the attempt makes a new one. */
async function charged(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  status: ChargeStatus | null,
  email: string | null,
  of: OfInvoice,
): Promise<{ id: string | null; writes: D1PreparedStatement[] }> {
  if (status === null) return { id: null, writes: [] };
  const latest = typeof intent.latest_charge === "string" ? await charges.find(sandbox, intent.latest_charge) : null;
  if (latest?.body.status === "pending") {
    return { id: latest.body.id, writes: charges.replace(sandbox, latest, withStatus(sandbox, latest.body, status)) };
  }
  const charge = withStatus(sandbox, newCharge(sandbox, intent, email), status);
  return { id: charge.id, writes: charges.insert(sandbox, charge, of) };
}
