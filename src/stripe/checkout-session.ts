import Stripe from "stripe";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { Refusal } from "../db/provider-refusals.ts";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import type { StripeCaller } from "./client.ts";
import { findSession } from "./find-session.ts";
import { refusalIn } from "./refusal.ts";
import { CLOCKS_DIFFER_MS, type Span, TRY_LASTS_MS, tryFrom } from "./search-spans.ts";

/** A session request without its two URLs, which are kept apart and sealed. */
export type FrozenRequest = Omit<Stripe.Checkout.SessionCreateParams, "success_url" | "cancel_url">;

/** Everything that a try sends, as stored before the first try: a retry sends the same, also after the code has changed. */
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
  readonly expiresAt: number;
  /** The times of the earlier calls and of the first: a session of ours was made in one of them. */
  readonly tries: readonly Span[];
  /** Epoch milliseconds: earlier searches read every session made before it without finding the intent's own. */
  readonly searchedTo: number | null;
  /** True after an answer of Stripe's to this request was lost: a session may exist. */
  readonly unanswered: boolean;
}

/** What is known of an intent's session after a try. */
export type SessionOutcome =
  | { readonly kind: "session"; readonly session: Stripe.Checkout.Session; readonly attempt: number }
  /** Stripe refused and made nothing; `attempt` is the one to try next. */
  | { readonly kind: "nothing_created"; readonly attempt: number }
  /** Stripe refused for good: no try of this request makes a session, and none exists. */
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Another call with the same key is at Stripe at this moment. */
  | { readonly kind: "in_flight" }
  /** Stripe's answer is lost, so a session may exist. Stripe's list was searched for it up to `searchedTo`. */
  | { readonly kind: "unknown"; readonly searchedTo: number | null; readonly refusal?: Refusal }
  /** Too near to the frozen expiry for Stripe to make a session, and the search found none. */
  | { readonly kind: "too_late" };

/** Stripe refuses a session that would end within half an hour. */
const SHORTEST_LIFE_MS = 30 * 60_000;

/**
 * Creates the session of an intent, or finds the one that an earlier try created.
 * May run many times and at once for one intent: Stripe's idempotency key, derived from actor, key and attempt, allows
 * one session. A key with a stored error is replaced only after the search has found no session.
 */
export async function createOrFindSession(request: SessionRequest, caller: StripeCaller): Promise<SessionOutcome> {
  const stripe = caller.stripe.client(request.stripeMode);
  const now = caller.clock.now();
  const lastCallAt = request.expiresAt - SHORTEST_LIFE_MS;
  if (now > lastCallAt) {
    // A session ends at the frozen expiry by itself, also one that Stripe does not show us.
    const over = now > request.expiresAt + CLOCKS_DIFFER_MS;
    const found = await search(stripe, request, caller);
    if (found.kind === "not_conclusive") {
      return over ? { kind: "too_late" } : { kind: "unknown", searchedTo: found.searchedTo };
    }
    if (found.kind === "session") return { ...found, attempt: request.attempt };
    return { kind: now > lastCallAt + TRY_LASTS_MS ? "too_late" : "in_flight" };
  }
  const first = await tryOnce(stripe, request, request.attempt, caller);
  // The search found no session behind the stored error, so the next key can't make a second one.
  if (first.kind !== "key_used_up") return first;
  const next = request.attempt + 1;
  return asOutcome(await tryOnce(stripe, { ...request, unanswered: false }, next, caller), next);
}

type Try = SessionOutcome | { readonly kind: "key_used_up" };

const asOutcome = (tried: Try, attempt: number): SessionOutcome =>
  tried.kind === "key_used_up" ? { kind: "nothing_created", attempt: attempt + 1 } : tried;

async function tryOnce(stripe: Stripe, request: SessionRequest, attempt: number, caller: StripeCaller): Promise<Try> {
  const own = tryFrom(caller.clock.now());
  try {
    const session = await stripe.checkout.sessions.create(
      { ...request.frozenRequest, success_url: request.successUrl, cancel_url: request.cancelUrl },
      { idempotencyKey: await stripeKey(request, attempt, caller), apiVersion: request.apiVersion },
    );
    return { kind: "session", session, attempt };
  } catch (error) {
    const keyState = keyStateAfter(error);
    if (keyState === "in_flight") return { kind: "in_flight" };
    if (keyState === "unused") return { kind: "nothing_created", attempt };
    const { stripeMode } = request;
    const refusal = refusalIn(error, { stripeMode, call: "checkout.sessions.create" });
    // A stored refusal is the answer to every request with this key, also to the one whose answer was lost.
    if (refusal && (!request.unanswered || isReplay(error))) return { kind: "refused", refusal };
    // A call whose answer says that it made nothing need not be searched.
    const tries = keyState === "unknown" ? [...request.tries, own] : request.tries;
    const found = await search(stripe, { ...request, tries }, caller);
    if (found.kind === "session") return { ...found, attempt };
    if (found.kind === "nothing" && keyState === "used_up") return { kind: "key_used_up" };
    // A lost call may still be on its way to Stripe: only after its time does a search that finds nothing prove it.
    const lostUntil = Math.max(...request.tries.map(({ to }) => to));
    if (found.kind === "nothing" && keyState === "refused" && refusal && caller.clock.now() > lostUntil) {
      return { kind: "refused", refusal };
    }
    const searchedTo = found.kind === "nothing" ? null : found.searchedTo;
    return { kind: "unknown", searchedTo, ...(refusal && { refusal }) };
  }
}

function search(stripe: Stripe, request: SessionRequest, { clock, stripe: { pagesToSearch } }: StripeCaller) {
  return findSession(stripe, { request, now: clock.now(), pages: pagesToSearch });
}

const isReplay = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError && error.headers?.["idempotent-replayed"] === "true";

/**
 * How the idempotency key of a request stands after an error of Stripe's ("Errors", "Idempotent requests").
 * - `in_flight`: another request with the key is being executed.
 * - `unused`: Stripe had too many requests, and did not look at this one.
 * - `barred`: the key of the account, or its rights, were refused before the request was looked at.
 * - `refused`: Stripe refuses the request itself, and may have stored the error under the key.
 * - `used_up`: the key belongs to other parameters, or answers with a stored failure from now on.
 * - `unknown`: Stripe may have executed the request, as after a lost answer.
 */
type KeyState = "in_flight" | "unused" | "barred" | "refused" | "used_up" | "unknown";

export function keyStateAfter(error: unknown): KeyState {
  if (!(error instanceof Stripe.errors.StripeError)) return "unknown";
  const status = error.statusCode ?? 0;
  if (error.type === "StripeIdempotencyError" && status !== 409) return "used_up";
  // Stored under the key, such an answer is about a request that is over.
  if ((status === 409 || status === 429) && isReplay(error)) return "used_up";
  if (status === 409) return "in_flight";
  if (status === 429) return "unused";
  if (status === 401 || status === 403) return "barred";
  if (status >= 400 && status < 500) return "refused";
  if (status >= 500 && isReplay(error)) return "used_up";
  return "unknown";
}

/** Hashed, since the caller's key may be an e-mail address. */
async function stripeKey(request: SessionRequest, attempt: number, caller: StripeCaller): Promise<string> {
  return sha256(canonicalJson([caller.ownerUserId, request.actorId, request.idempotencyKey, attempt]));
}
