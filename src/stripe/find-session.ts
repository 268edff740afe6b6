import type Stripe from "stripe";
import type { SessionRequest } from "./checkout-session.ts";
import { CLOCKS_DIFFER_MS, type Span, spansOf } from "./search-spans.ts";

const PAGE = 100;
const SECOND = 1000;
/** The part of a page that the sessions of one slice of time should fill. */
const FILLED = 0.8;
/** A slice with more than a page gets narrower by this factor at least: from minutes to a second within one search. */
const NARROWER = 8;
const WIDER_AT_MOST = 10;
/** The slice around a try in which its session lies where the clocks agree. */
const NEAR = { before: 2 * SECOND, after: 5 * SECOND } as const;

/** The result of a search. `nothing`: every session of the tries was read. */
type Found =
  | { readonly kind: "session"; readonly session: Stripe.Checkout.Session }
  | { readonly kind: "nothing" }
  /** Stripe did not answer, or has more sessions than one search reads. The session was not made before `searchedTo`. */
  | { readonly kind: "not_conclusive"; readonly searchedTo: number | null };

/** One search: what it looks for, when, and how many pages it reads at most. */
interface Search {
  readonly request: SessionRequest;
  readonly now: number;
  readonly pages: number;
}

/**
 * Stripe can't search sessions by metadata, so this lists the sessions of the tries and picks ours: Stripe makes a session
 * while it answers a call of ours, so only the time of each call is read, widened by the difference of the clocks. What an
 * account sells before and afterwards costs nothing. In a busy account the slices of time get narrower, after a look
 * at the seconds around the first try; a search reads a bounded number of pages, and the next one continues after it.
 */
export async function findSession(stripe: Stripe, search: Search): Promise<Found> {
  const { request, now } = search;
  const spans = spansOf(request.tries);
  const begin = spans[0]?.from ?? now;
  const start = request.searchedTo ?? begin;
  const pages = { left: search.pages };
  for (const span of spans) {
    if (span.to <= start) continue;
    const read = await searchSpan(stripe, request, { from: Math.max(span.from, start), to: span.to }, pages);
    if (read.session) return { kind: "session", session: read.session };
    if (read.readTo < span.to) return stopped(read.readTo, Math.max(span.from, start));
  }
  return { kind: "nothing" };

  // Stripe's clock may be behind: a session made after this list may bear a time from before it.
  function stopped(readTo: number, from: number): Found {
    const moved = readTo > from || from > begin;
    return { kind: "not_conclusive", searchedTo: moved ? Math.floor(Math.min(readTo, now - CLOCKS_DIFFER_MS)) : null };
  }
}

/** Reads the sessions of a span while there are pages left: ours if it is among them, and how far all were read. */
async function searchSpan(stripe: Stripe, request: SessionRequest, { from: first, to: end }: Span, pages: Pages) {
  let from = first;
  let width = end - first;
  let after: string | undefined;
  let looked = request.searchedTo !== null;
  while (from < end) {
    const to = Math.min(from + Math.max(width, SECOND), end);
    const listed = await list(stripe, request, { from, to, after }, pages);
    if (!listed) break;
    const session = ownIn(listed.data, request);
    if (session) return { session, readTo: from };
    const oldest = listed.data.at(-1);
    if (!listed.has_more || !oldest) {
      from = to;
      width *= Math.min(WIDER_AT_MOST, (FILLED * PAGE) / Math.max(1, listed.data.length));
      after = undefined;
      continue;
    }
    const near = looked ? undefined : request.tries[0];
    looked = true;
    if (near) {
      const slice = { from: near.from - NEAR.before, to: near.from + NEAR.after, after: undefined };
      const session = ownIn((await list(stripe, request, slice, pages))?.data ?? [], request);
      if (session) return { session, readTo: from };
    }
    if (to - from <= SECOND) {
      after = oldest.id;
    } else {
      // The span of the page just read estimates the span of the next one.
      const listedOver = ((listed.data[0]?.created ?? 0) - oldest.created) * SECOND;
      width = Math.min(FILLED * listedOver, (to - from) / NARROWER);
    }
  }
  return { session: undefined, readTo: from };
}

/** Another application may have copied our id; only our own session has the return link that we asked for. */
function ownIn(sessions: readonly Stripe.Checkout.Session[], request: SessionRequest) {
  return sessions.find(
    ({ client_reference_id, success_url }) =>
      client_reference_id === request.checkoutIntentId && success_url === request.successUrl,
  );
}

interface Pages {
  left: number;
}

interface Slice extends Span {
  readonly after: string | undefined;
}

/** A page of the sessions of a slice; undefined where Stripe gives none, or no page is left. */
async function list(stripe: Stripe, { apiVersion }: SessionRequest, { from, to, after }: Slice, pages: Pages) {
  if (pages.left-- <= 0) return undefined;
  // Stripe's times are whole seconds: the slice is widened to whole ones.
  const created = { gte: Math.floor(from / SECOND), lt: Math.ceil(to / SECOND) };
  return stripe.checkout.sessions
    .list({ created, limit: PAGE, ...(after && { starting_after: after }) }, { apiVersion })
    .catch(() => undefined);
}
