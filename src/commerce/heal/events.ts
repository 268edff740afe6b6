import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/digest.ts";
import { faultOf } from "../../base/log.ts";
import { advanceCursor, healCursor } from "../../db/heal.ts";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import { HANDLED_EVENT_TYPES } from "../../db/schema/vocabulary.ts";
import { knownEventIds } from "../../db/webhook-events.ts";
import type { Context } from "../../kernel/context.ts";
import { eventOf } from "../../stripe/verify-event.ts";
import { receiveEvent, TRIPS_TO_RECEIVE } from "../purchase/receive-event.ts";
import type { Budget } from "./budget.ts";
import type { Reach } from "./reach.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Stripe lists events for 30 days; an outage beyond that is for `healPurchases`. */
const KEPT_MS = 30 * DAY;
/** An event may enter the list a little after the time that it bears, and clocks differ. */
const OVERLAP_MS = 5 * MINUTE;
const PAGE = 100;
/** A page is one call, which the library may repeat, and one look at what is known of it. */
const TRIPS = { cursor: 1, page: 3 } as const;
/** Events that could not even be recorded: after so many in a row it is the database. */
const UNRECORDED_IN_A_ROW = 3;

export interface HealedEvents {
  /** Events that Stripe listed, and those of them that had been missed. */
  listed: number;
  applied: number;
  failed: number;
  /** Whether everything up to now was read; else the next run goes on. */
  caughtUp: boolean;
}

/**
 * Reads Stripe's event list from where the last run stopped and applies what was missed. The list is walked in slices
 * of time, the oldest first, and the cursor moves with each: a run that dies loses one slice, and two at once apply
 * each event once. What the budget leaves over is for the next run, which skips at once what is known.
 * An event that could be neither applied nor recorded keeps the cursor before it, and nobody else back. Throws where
 * Stripe does not list, or nothing can be recorded.
 */
export async function healEvents(mode: StripeMode, budget: Budget, reach: Reach, ctx: Context): Promise<HealedEvents> {
  const now = ctx.clock.now();
  const counts: HealedEvents = { listed: 0, applied: 0, failed: 0, caughtUp: false };
  if (budget.left < TRIPS.cursor) return counts;
  const [cursor] = (await ctx.db.read({ cursor: healCursor(ctx, mode) })).cursor;
  let from = startOf(cursor?.readUpTo, now);
  let width = DAY;
  let unrecordedInARow = 0;
  let held = false;
  while (from < now) {
    if (budget.left < TRIPS.page + TRIPS.cursor) return counts;
    const to = Math.min(from + width, now + 1000);
    const { events, more } = await slice(mode, from, to, budget, ctx).catch((error: unknown) => {
      reach.note(mode, error);
      throw error;
    });
    if (more && width > MINUTE) {
      width = Math.max(MINUTE, width / 4);
      continue;
    }
    counts.listed += events.length;
    for (const event of await unrecorded(events, ctx)) {
      if (budget.left < TRIPS_TO_RECEIVE) return counts;
      try {
        counts[await applyMissed(event, mode, ctx)]++;
        unrecordedInARow = 0;
      } catch (error) {
        counts.failed++;
        held = true;
        if (++unrecordedInARow === UNRECORDED_IN_A_ROW) throw error;
        ctx.log({ event: "internal", name: "heal_events", code: "not_recorded", fault: faultOf(error) });
      }
    }
    // A slice that the budget cut short is read again.
    if (more) return counts;
    if (!held) await ctx.db.commit([advanceCursor(ctx, mode, Math.min(to, now), now)]);
    from = to;
    width = Math.min(DAY, width * 2);
  }
  return { ...counts, caughtUp: !held };
}

/** A cursor in the future was set by a wrong clock: what was read by it is unknown, so everything is read again. */
function startOf(readUpTo: number | undefined, now: number): number {
  const known = readUpTo === undefined || readUpTo > now + OVERLAP_MS ? 0 : readUpTo;
  return Math.max(now - KEPT_MS, known - OVERLAP_MS);
}

interface Listed {
  readonly id: string;
}

/** The events of a slice, oldest first. A slice of a minute is read to its end, as far as the budget goes. */
async function slice(mode: StripeMode, from: number, to: number, budget: Budget, ctx: Context) {
  const query = {
    created: { gte: Math.floor(from / 1000), lt: Math.ceil(to / 1000) },
    types: [...HANDLED_EVENT_TYPES],
    limit: PAGE,
  };
  const events: Listed[] = [];
  let page = await ctx.stripe.client(mode).events.list(query);
  events.push(...page.data);
  while (page.has_more && to - from <= MINUTE && budget.left >= TRIPS.page) {
    const last = page.data.at(-1);
    if (!last) break;
    page = await ctx.stripe.client(mode).events.list({ ...query, starting_after: last.id });
    events.push(...page.data);
  }
  return { events: events.reverse(), more: page.has_more };
}

/** Those that are not recorded yet. What failed is tried again by its own back-off. */
async function unrecorded(events: readonly Listed[], ctx: Context): Promise<Listed[]> {
  if (events.length === 0) return [];
  const { known } = await ctx.db.read({
    known: knownEventIds(
      ctx,
      events.map(({ id }) => id),
    ),
  });
  const ids = new Set(known.map(({ id }) => id));
  return events.filter(({ id }) => !ids.has(id));
}

/** Applies an event that we fetched ourselves: Stripe's word as good as a signed delivery. */
async function applyMissed(raw: unknown, mode: StripeMode, ctx: Context): Promise<"applied" | "failed"> {
  const event = eventOf(raw, mode);
  if (!event) return "failed";
  const payloadSha256 = await sha256(canonicalJson(raw));
  const { status } = await receiveEvent({ event, payloadSha256, cameBy: "event_list" }, ctx);
  return status === "failed" ? "failed" : "applied";
}
