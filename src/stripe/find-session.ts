import type Stripe from "stripe";
import type { SessionRequest } from "./checkout-session.ts";

/** Our clock and Stripe's differ by less, however wrong ours was for a while. */
const CLOCKS_DIFFER_MS = 5 * 60_000;
/** Calls that one search makes at most; the next goes on where it stopped. */
export const PAGES_TO_SEARCH = 5;
const PAGE = 100;
const SECOND = 1000;
/** A slice is meant to fill so much of a page. */
const FULL = 0.8;
/** One of more than a page is made narrower by this at least: from minutes to a second within one search. */
const NARROWER = 8;
const WIDER_AT_MOST = 10;

/** What a search came to. It says `nothing` only once everything was looked at. */
export type Found =
  | { readonly kind: "session"; readonly session: Stripe.Checkout.Session }
  | { readonly kind: "nothing" }
  /** Stripe did not list, or there was more than one search looks at; none of those made before `searchedTo` is ours. */
  | { readonly kind: "not_conclusive"; readonly searchedTo: number | null };

/**
 * Sessions cannot be searched by metadata, so those of the time are listed and ours is picked out, the oldest first.
 * The time begins with the intent, which was written before Stripe was first called, and ends now: only a call of ours
 * makes the session, and Stripe makes it while it answers. Most come of the first call, so the minutes around it are
 * looked at first. However many sessions an account makes, a slice of time gets as narrow as it takes, each search gets
 * through one at least, and the next begins where it stopped.
 */
export async function findSession(stripe: Stripe, request: SessionRequest, now: number): Promise<Found> {
  const first = Math.min(request.createdAt, now) - CLOCKS_DIFFER_MS;
  const end = Math.min(Math.max(request.createdAt, now), request.expiresAt) + CLOCKS_DIFFER_MS;
  let from = Math.max(first, request.searchedTo ?? first);
  let width = 2 * CLOCKS_DIFFER_MS;
  // What was made a moment ago may bear an earlier time by Stripe's clock, and be made after this list was.
  const stopped = (): Found => ({
    kind: "not_conclusive",
    searchedTo: from > first ? Math.floor(Math.min(from, now - CLOCKS_DIFFER_MS)) : null,
  });
  let after: string | undefined;
  for (let page = 0; from < end; page++) {
    if (page === PAGES_TO_SEARCH) return stopped();
    const to = Math.min(from + Math.max(width, SECOND), end);
    const listed = await list(stripe, request, { from, to, after }).catch(() => undefined);
    if (!listed) return stopped();
    // Another application may have copied our id; the way back that we asked for is in our own session alone.
    const session = listed.data.find(
      ({ client_reference_id, success_url }) =>
        client_reference_id === request.checkoutIntentId && success_url === request.successUrl,
    );
    if (session) return { kind: "session", session };
    const oldest = listed.data.at(-1);
    if (!listed.has_more || !oldest) {
      from = to;
      width *= Math.min(WIDER_AT_MOST, (FULL * PAGE) / Math.max(1, listed.data.length));
      after = undefined;
    } else if (to - from <= SECOND) {
      after = oldest.id;
    } else {
      // As wide as what was listed says that a page is.
      const listedOver = ((listed.data[0]?.created ?? 0) - oldest.created) * SECOND;
      width = Math.min(FULL * listedOver, (to - from) / NARROWER);
    }
  }
  return { kind: "nothing" };
}

interface Slice {
  readonly from: number;
  readonly to: number;
  readonly after: string | undefined;
}

/** Times of Stripe's are whole seconds: a slice takes those that it touches. */
function list(stripe: Stripe, { apiVersion }: SessionRequest, { from, to, after }: Slice) {
  const created = { gte: Math.floor(from / SECOND), lt: Math.ceil(to / SECOND) };
  return stripe.checkout.sessions.list(
    { created, limit: PAGE, ...(after && { starting_after: after }) },
    { apiVersion },
  );
}
