import type Stripe from "stripe";
import type { SessionRequest } from "./checkout-session.ts";

/** Our clock and Stripe's differ by less than this. */
const CLOCKS_DIFFER_MS = 5 * 60_000;
/** Calls that one search makes at most; the next search continues at `searchedTo`. */
export const PAGES_TO_SEARCH = 5;
const PAGE = 100;
const SECOND = 1000;
/** The part of a page that the sessions of one slice of time should fill. */
const FILLED = 0.8;
/** A slice with more than a page gets narrower by this factor at least: from minutes to a second within one search. */
const NARROWER = 8;
const WIDER_AT_MOST = 10;

/** The result of a search. `nothing`: every session of the span of time was read. */
type Found =
  | { readonly kind: "session"; readonly session: Stripe.Checkout.Session }
  | { readonly kind: "nothing" }
  /** Stripe did not answer, or has more sessions than one search reads. The session was not made before `searchedTo`. */
  | { readonly kind: "not_conclusive"; readonly searchedTo: number | null };

/**
 * Stripe can't search sessions by metadata, so this lists the sessions of a span of time and picks ours. The span begins
 * with the intent, which is stored before the first call to Stripe, and ends now: Stripe makes a session while it answers
 * our call. The first call makes most of them, so the search begins with the minutes around it. In a busy account the
 * slices of time get narrower: each search reads at least one slice, and the next search continues after it.
 */
export async function findSession(stripe: Stripe, request: SessionRequest, now: number): Promise<Found> {
  const first = Math.min(request.createdAt, now) - CLOCKS_DIFFER_MS;
  const end = Math.min(Math.max(request.createdAt, now), request.expiresAt) + CLOCKS_DIFFER_MS;
  let from = Math.max(first, request.searchedTo ?? first);
  let width = 2 * CLOCKS_DIFFER_MS;
  // Stripe's clock may be behind: a session made after this list may bear a time from before it.
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
    // Another application may have copied our id; only our own session has the return link that we asked for.
    const session = listed.data.find(
      ({ client_reference_id, success_url }) =>
        client_reference_id === request.checkoutIntentId && success_url === request.successUrl,
    );
    if (session) return { kind: "session", session };
    const oldest = listed.data.at(-1);
    if (!listed.has_more || !oldest) {
      from = to;
      width *= Math.min(WIDER_AT_MOST, (FILLED * PAGE) / Math.max(1, listed.data.length));
      after = undefined;
    } else if (to - from <= SECOND) {
      after = oldest.id;
    } else {
      // The span of the page just read estimates the span of the next one.
      const listedOver = ((listed.data[0]?.created ?? 0) - oldest.created) * SECOND;
      width = Math.min(FILLED * listedOver, (to - from) / NARROWER);
    }
  }
  return { kind: "nothing" };
}

interface Slice {
  readonly from: number;
  readonly to: number;
  readonly after: string | undefined;
}

/** Stripe's times are whole seconds: the slice is widened to whole ones. */
function list(stripe: Stripe, { apiVersion }: SessionRequest, { from, to, after }: Slice) {
  const created = { gte: Math.floor(from / SECOND), lt: Math.ceil(to / SECOND) };
  return stripe.checkout.sessions.list(
    { created, limit: PAGE, ...(after && { starting_after: after }) },
    { apiVersion },
  );
}
