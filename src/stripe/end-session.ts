import type Stripe from "stripe";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import { verdictOf } from "./checkout-session.ts";
import type { StripeCaller } from "./client.ts";

/** Which session to end, and whose operation asks for it. */
export interface EndRequest {
  readonly sessionId: string;
  readonly stripeMode: StripeMode;
  readonly actorId: string;
  readonly operation: { readonly idempotencyKey: string };
}

/** What a try came to. */
export type EndOutcome =
  /** Nobody can pay it any more, whoever ended it. */
  | "ended"
  /** The buyer was first. */
  | "complete"
  /** Stripe said no, and the session is as it was. */
  | "not_ended"
  /** Another call with the same key is at Stripe at this moment. */
  | "in_flight"
  /** No answer that can be relied on. */
  | "unknown";

/**
 * Ends a session, so that its page takes no payment. May run many times and at once: a session ends once, and where
 * Stripe's answer does not tell, the session itself is read.
 */
export async function endSession(request: EndRequest, caller: StripeCaller): Promise<EndOutcome> {
  const stripe = caller.stripe.client(request.stripeMode);
  const first = await tryOnce(stripe, request, 1, caller);
  if (first !== "spent") return first;
  // The key answers with a stored error for a day. Ending twice harms nothing, so the next key is this moment's own.
  const second = await tryOnce(stripe, request, caller.clock.now(), caller);
  return second === "spent" ? "not_ended" : second;
}

async function tryOnce(
  stripe: Stripe,
  request: EndRequest,
  attempt: number,
  caller: StripeCaller,
): Promise<EndOutcome | "spent"> {
  try {
    const { actorId, operation } = request;
    const key = await sha256(canonicalJson([caller.ownerUserId, actorId, operation.idempotencyKey, "expire", attempt]));
    const { status } = await stripe.checkout.sessions.expire(request.sessionId, {}, { idempotencyKey: key });
    return status === "expired" ? "ended" : "unknown";
  } catch (error) {
    const verdict = verdictOf(error);
    if (verdict === "in_flight") return "in_flight";
    if (verdict === "not_taken") return "not_ended";
    const status = await statusOf(stripe, request.sessionId);
    if (status === "expired") return "ended";
    if (status === "complete") return "complete";
    // After a lost answer an open session proves nothing: the call may still arrive.
    return status === "open" && verdict !== "ambiguous" ? "spent" : "unknown";
  }
}

async function statusOf(stripe: Stripe, sessionId: string): Promise<Stripe.Checkout.Session.Status | null | undefined> {
  const session = await stripe.checkout.sessions.retrieve(sessionId).catch(() => undefined);
  return session?.status;
}
