import type Stripe from "stripe";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { Refusal } from "../db/provider-refusals.ts";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import { keyStateAfter } from "./checkout-session.ts";
import type { StripeCaller } from "./client.ts";
import { refusalIn } from "./refusal.ts";

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
  | { readonly kind: "ended" }
  /** The buyer completed the session first. */
  | { readonly kind: "complete" }
  /** Stripe had too many requests, and the session is as it was. */
  | { readonly kind: "not_ended" }
  /** Stripe refused for good, and no reading showed the session as ended or complete. */
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Another call with the same key is at Stripe at this moment. */
  | { readonly kind: "in_flight" }
  /** Stripe's answer is lost, and the session may still end. */
  | { readonly kind: "unknown" };

/**
 * Ends a session, so that its page takes no payment. May run many times and at once: a session ends once, and after a
 * lost answer the session itself is read.
 */
export async function endSession(request: EndRequest, caller: StripeCaller): Promise<EndOutcome> {
  const stripe = caller.stripe.client(request.stripeMode);
  const first = await tryOnce(stripe, request, 1, caller);
  if (first.kind !== "key_used_up") return first;
  // Stripe repeats the stored error for a day under the first key. Ending twice does no harm, so any new key will do.
  const second = await tryOnce(stripe, request, caller.clock.now(), caller);
  return second.kind === "key_used_up" ? { kind: "not_ended" } : second;
}

async function tryOnce(
  stripe: Stripe,
  request: EndRequest,
  attempt: number,
  caller: StripeCaller,
): Promise<EndOutcome | { readonly kind: "key_used_up" }> {
  try {
    const { actorId, operation } = request;
    const key = await sha256(canonicalJson([caller.ownerUserId, actorId, operation.idempotencyKey, "expire", attempt]));
    const { status } = await stripe.checkout.sessions.expire(request.sessionId, {}, { idempotencyKey: key });
    return { kind: status === "expired" ? "ended" : "unknown" };
  } catch (error) {
    const keyState = keyStateAfter(error);
    if (keyState === "in_flight") return { kind: "in_flight" };
    if (keyState === "unused") return { kind: "not_ended" };
    const status = await statusOf(stripe, request.sessionId);
    if (status === "expired") return { kind: "ended" };
    if (status === "complete") return { kind: "complete" };
    const refusal = refusalIn(error, { stripeMode: request.stripeMode, call: "checkout.sessions.expire" });
    if (refusal) return { kind: "refused", refusal };
    // After a lost answer an open session proves nothing: the call may still arrive.
    return { kind: status === "open" && keyState === "used_up" ? "key_used_up" : "unknown" };
  }
}

async function statusOf(stripe: Stripe, sessionId: string): Promise<Stripe.Checkout.Session.Status | null | undefined> {
  const session = await stripe.checkout.sessions.retrieve(sessionId).catch(() => undefined);
  return session?.status;
}
