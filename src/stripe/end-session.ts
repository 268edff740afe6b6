import type Stripe from "stripe";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import { keyStateAfter } from "./checkout-session.ts";
import type { StripeCaller } from "./client.ts";

/** Which session to end, and whose operation asks for it. */
interface EndRequest {
  readonly sessionId: string;
  readonly stripeMode: StripeMode;
  readonly actorId: string;
  readonly operation: { readonly idempotencyKey: string };
}

/** How a session stands after a try to end it. */
export type EndOutcome =
  /** The session is expired, by this call or by an earlier end: its page takes no payment. */
  | "ended"
  /** The buyer completed the session first. */
  | "complete"
  /** Stripe refused, and the session is as it was. */
  | "not_ended"
  /** Another call with the same key is at Stripe at this moment. */
  | "in_flight"
  /** Stripe's answer is lost, and the session may still end. */
  | "unknown";

/**
 * Ends a session, so that its page takes no payment. May run many times and at once: a session ends once, and after a
 * lost answer the session itself is read.
 */
export async function endSession(request: EndRequest, caller: StripeCaller): Promise<EndOutcome> {
  const stripe = caller.stripe.client(request.stripeMode);
  const first = await tryOnce(stripe, request, 1, caller);
  if (first !== "key_used_up") return first;
  // Stripe repeats the stored error for a day under the first key. Ending twice does no harm, so any new key will do.
  const second = await tryOnce(stripe, request, caller.clock.now(), caller);
  return second === "key_used_up" ? "not_ended" : second;
}

async function tryOnce(
  stripe: Stripe,
  request: EndRequest,
  attempt: number,
  caller: StripeCaller,
): Promise<EndOutcome | "key_used_up"> {
  try {
    const { actorId, operation } = request;
    const key = await sha256(canonicalJson([caller.ownerUserId, actorId, operation.idempotencyKey, "expire", attempt]));
    const { status } = await stripe.checkout.sessions.expire(request.sessionId, {}, { idempotencyKey: key });
    return status === "expired" ? "ended" : "unknown";
  } catch (error) {
    const keyState = keyStateAfter(error);
    if (keyState === "in_flight") return "in_flight";
    if (keyState === "unused") return "not_ended";
    const status = await statusOf(stripe, request.sessionId);
    if (status === "expired") return "ended";
    if (status === "complete") return "complete";
    // After a lost answer an open session proves nothing: the call may still arrive.
    return status === "open" && keyState !== "unknown" ? "key_used_up" : "unknown";
  }
}

async function statusOf(stripe: Stripe, sessionId: string): Promise<Stripe.Checkout.Session.Status | null | undefined> {
  const session = await stripe.checkout.sessions.retrieve(sessionId).catch(() => undefined);
  return session?.status;
}
