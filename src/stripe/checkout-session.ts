import Stripe from "stripe";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import type { StripeCaller } from "./client.ts";
import { findSession } from "./find-session.ts";

/** A session request without its two URLs, which are kept apart and sealed. */
export type FrozenRequest = Omit<Stripe.Checkout.SessionCreateParams, "success_url" | "cancel_url">;

/** All that a try needs, as the first try wrote it down: a retry sends the same, whatever the code is by then. */
export interface SessionRequest {
  readonly checkoutIntentId: string;
  readonly stripeMode: StripeMode;
  readonly actorId: string;
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly frozenRequest: FrozenRequest;
  readonly apiVersion: string;
  readonly successUrl: string;
  readonly cancelUrl: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Stripe's sessions that were made before were looked at, and none of them was the intent's. */
  readonly searchedTo: number | null;
}

/** What a try came to. */
export type SessionOutcome =
  | { readonly kind: "session"; readonly session: Stripe.Checkout.Session; readonly attempt: number }
  /** Stripe said no and made nothing; `attempt` is the one to try next. */
  | { readonly kind: "nothing_created"; readonly attempt: number }
  /** Another call with the same key is at Stripe at this moment. */
  | { readonly kind: "in_flight" }
  /** No answer that can be relied on: a session may or may not exist. `searchedTo`: as far as was looked by now. */
  | { readonly kind: "unknown"; readonly searchedTo: number | null }
  /** Too near to the frozen expiry for Stripe to make one, and none is there. */
  | { readonly kind: "too_late" };

/** Stripe refuses a session that would end within half an hour. */
const SHORTEST_LIFE_MS = 30 * 60_000;
/** Longer than a call that was made in time can still be on its way. */
const SLOWEST_CALL_MS = 60_000;

/**
 * Creates the session of an intent, or finds the one that an earlier try created.
 * May run many times and at once for one intent: Stripe's idempotency key, derived from actor, key and attempt,
 * lets one session come of it, and a key whose stored answer is an error is given up only when no session is found.
 */
export async function createOrFindSession(request: SessionRequest, caller: StripeCaller): Promise<SessionOutcome> {
  const stripe = caller.stripe.client(request.stripeMode);
  const now = caller.clock.now();
  const lastCallAt = request.expiresAt - SHORTEST_LIFE_MS;
  if (now > lastCallAt) {
    const found = await findSession(stripe, request, now);
    if (found.kind === "not_conclusive") return { kind: "unknown", searchedTo: found.searchedTo };
    if (found.kind === "session") return { ...found, attempt: request.attempt };
    return { kind: now > lastCallAt + SLOWEST_CALL_MS ? "too_late" : "in_flight" };
  }
  const first = await tryOnce(stripe, request, request.attempt, caller);
  // A stored error that is known to have made nothing frees the way for the next key at once.
  return first.kind === "spent"
    ? asOutcome(await tryOnce(stripe, request, request.attempt + 1, caller), request.attempt + 1)
    : first;
}

type Try = SessionOutcome | { readonly kind: "spent" };

const asOutcome = (tried: Try, attempt: number): SessionOutcome =>
  tried.kind === "spent" ? { kind: "nothing_created", attempt: attempt + 1 } : tried;

async function tryOnce(stripe: Stripe, request: SessionRequest, attempt: number, caller: StripeCaller): Promise<Try> {
  try {
    const session = await stripe.checkout.sessions.create(
      { ...request.frozenRequest, success_url: request.successUrl, cancel_url: request.cancelUrl },
      { idempotencyKey: await stripeKey(request, attempt, caller), apiVersion: request.apiVersion },
    );
    return { kind: "session", session, attempt };
  } catch (error) {
    const verdict = verdictOf(error);
    if (verdict === "in_flight") return { kind: "in_flight" };
    if (verdict === "not_taken") return { kind: "nothing_created", attempt };
    if (verdict === "refused") return { kind: "nothing_created", attempt: attempt + 1 };
    const found = await findSession(stripe, request, caller.clock.now());
    if (found.kind === "session") return { ...found, attempt };
    if (found.kind === "nothing" && verdict === "spent") return { kind: "spent" };
    return { kind: "unknown", searchedTo: found.kind === "nothing" ? null : found.searchedTo };
  }
}

/**
 * What an error of Stripe's tells about the request (Stripe API, "Errors" and "Idempotent requests").
 * - `not_taken`: refused before it was executed; the key is still unused.
 * - `refused`: executed and answered with an error that Stripe may have stored under the key.
 * - `spent`: the key answers with a stored failure, or belongs to other parameters, and always will.
 * - `ambiguous`: anything else, above all no answer at all.
 */
export function verdictOf(error: unknown): "in_flight" | "not_taken" | "refused" | "spent" | "ambiguous" {
  if (!(error instanceof Stripe.errors.StripeError)) return "ambiguous";
  const status = error.statusCode ?? 0;
  if (error.type === "StripeIdempotencyError" && status !== 409) return "spent";
  if (status === 409) return "in_flight";
  if (status === 401 || status === 403 || status === 429) return "not_taken";
  if (status >= 400 && status < 500) return "refused";
  if (status >= 500 && error.headers?.["idempotent-replayed"] === "true") return "spent";
  return "ambiguous";
}

/** 64 characters that say nothing: the caller's key may be an e-mail address. */
async function stripeKey(request: SessionRequest, attempt: number, caller: StripeCaller): Promise<string> {
  return sha256(canonicalJson([caller.ownerUserId, request.actorId, request.idempotencyKey, attempt]));
}
