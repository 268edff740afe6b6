import Stripe from "stripe";
import type { Context } from "../context.ts";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { sha256 } from "../kernel/keyring.ts";
import type { StripeMode } from "./client.ts";

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
}

/** What a try came to. */
export type SessionOutcome =
  | { readonly kind: "session"; readonly session: Stripe.Checkout.Session; readonly attempt: number }
  /** Stripe said no and made nothing; `attempt` is the one to try next. */
  | { readonly kind: "nothing_created"; readonly attempt: number }
  /** Another call with the same key is at Stripe at this moment. */
  | { readonly kind: "in_flight" }
  /** No answer that can be relied on: a session may or may not exist. */
  | { readonly kind: "unknown" }
  /** Too near to the frozen expiry for Stripe to make one, and none is there. */
  | { readonly kind: "too_late" };

/** Stripe refuses a session that would end within half an hour. */
const SHORTEST_LIFE_MS = 30 * 60_000;
/** Clocks differ: a session is looked for from this long before the intent. */
const LOOK_BACK_SECONDS = 300;
const PAGES_TO_SEARCH = 5;

/**
 * Creates the session of an intent, or finds the one that an earlier try created.
 * May run many times and at once for one intent: Stripe's idempotency key, derived from actor, key and attempt,
 * lets one session come of it, and a key whose stored answer is an error is given up only when no session is found.
 */
export async function createOrFindSession(request: SessionRequest, ctx: Context): Promise<SessionOutcome> {
  const stripe = ctx.stripe.client(request.stripeMode);
  if (ctx.clock.now() > request.expiresAt - SHORTEST_LIFE_MS) {
    const found = await findSession(stripe, request);
    if (found === "not_conclusive") return { kind: "unknown" };
    return found ? { kind: "session", session: found, attempt: request.attempt } : { kind: "too_late" };
  }
  const first = await tryOnce(stripe, request, request.attempt, ctx);
  // A stored error that is known to have made nothing frees the way for the next key at once.
  return first.kind === "spent"
    ? asOutcome(await tryOnce(stripe, request, request.attempt + 1, ctx), request.attempt + 1)
    : first;
}

type Try = SessionOutcome | { readonly kind: "spent" };

const asOutcome = (tried: Try, attempt: number): SessionOutcome =>
  tried.kind === "spent" ? { kind: "nothing_created", attempt: attempt + 1 } : tried;

async function tryOnce(stripe: Stripe, request: SessionRequest, attempt: number, ctx: Context): Promise<Try> {
  try {
    const session = await stripe.checkout.sessions.create(
      { ...request.frozenRequest, success_url: request.successUrl, cancel_url: request.cancelUrl },
      { idempotencyKey: await stripeKey(request, attempt, ctx), apiVersion: request.apiVersion },
    );
    return { kind: "session", session, attempt };
  } catch (error) {
    const verdict = verdictOf(error);
    if (verdict === "in_flight") return { kind: "in_flight" };
    if (verdict === "not_taken") return { kind: "nothing_created", attempt };
    if (verdict === "refused") return { kind: "nothing_created", attempt: attempt + 1 };
    const found = await findSession(stripe, request);
    if (found === "not_conclusive") return { kind: "unknown" };
    if (found) return { kind: "session", session: found, attempt };
    return verdict === "spent" ? { kind: "spent" } : { kind: "unknown" };
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

/** Sessions cannot be searched by metadata, so those of the time are listed and ours is picked out. */
async function findSession(
  stripe: Stripe,
  request: SessionRequest,
): Promise<Stripe.Checkout.Session | undefined | "not_conclusive"> {
  const from = Math.floor(request.createdAt / 1000) - LOOK_BACK_SECONDS;
  const created = { gte: from, lte: Math.ceil(request.expiresAt / 1000) };
  let startingAfter: string | undefined;
  try {
    for (let page = 0; page < PAGES_TO_SEARCH; page++) {
      const listed = await stripe.checkout.sessions.list(
        { created, limit: 100, ...(startingAfter && { starting_after: startingAfter }) },
        { apiVersion: request.apiVersion },
      );
      // Another application may have copied our id; the way back that we asked for is in our own session alone.
      const ours = listed.data.find(
        ({ client_reference_id, success_url }) =>
          client_reference_id === request.checkoutIntentId && success_url === request.successUrl,
      );
      if (ours || !listed.has_more) return ours;
      startingAfter = listed.data.at(-1)?.id;
    }
  } catch {
    return "not_conclusive";
  }
  return "not_conclusive";
}

/** 64 characters that say nothing: the caller's key may be an e-mail address. */
async function stripeKey(request: SessionRequest, attempt: number, ctx: Context): Promise<string> {
  return sha256(canonicalJson([ctx.ownerUserId, request.actorId, request.idempotencyKey, attempt]));
}
