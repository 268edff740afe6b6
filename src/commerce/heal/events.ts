import { faultOf } from "../../base/log.ts";
import { advanceCursor, healCursor } from "../../db/heal.ts";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import { HANDLED_EVENT_TYPES } from "../../db/schema/vocabulary.ts";
import { knownEventIds } from "../../db/webhook-events.ts";
import type { Context } from "../../kernel/context.ts";
import { eventOf } from "../../stripe/verify-event.ts";
import { arrivalOf } from "../purchase/event-records.ts";
import { receiveEvent, TRIPS_TO_RECEIVE } from "../purchase/receive-event.ts";
import type { Budget } from "./budget.ts";
import type { Reach } from "./reach.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Stripe lists events for 30 days; after a longer outage `healPurchases` reads the objects themselves. */
const KEPT_MS = 30 * DAY;
/** An event may enter the list after its own `created`, and our clock may differ from Stripe's. */
const OVERLAP_MS = 5 * MINUTE;
const PAGE = 100;
/** A page takes one call, which Stripe's library may repeat, and one read of the events that are stored already. */
const TRIPS = { cursor: 1, page: 3 } as const;
/** This many unrecorded events in a row are taken for a fault of the database. */
const UNRECORDED_IN_A_ROW = 3;

export interface HealedEvents {
  listed: number;
  /** Listed events that had no row here, by the result of applying them. */
  applied: number;
  failed: number;
  /** Whether the list was read up to now; else the next run continues. */
  caughtUp: boolean;
}

/**
 * Reads Stripe's event list from the cursor of the last run and applies the missed events. It reads slices of time, the
 * oldest first, and moves the cursor after each: a run that dies loses one slice, and two runs at once apply each event
 * once. When the budget ends, the next run continues and skips the stored events.
 * An event that could be neither applied nor recorded keeps the cursor before it; later events are applied all the same.
 * Throws where Stripe does not list its events, or none of them can be recorded.
 */
export async function healEvents(mode: StripeMode, budget: Budget, reach: Reach, ctx: Context): Promise<HealedEvents> {
  const now = ctx.clock.now();
  const counts: HealedEvents = { listed: 0, applied: 0, failed: 0, caughtUp: false };
  if (budget.left < TRIPS.cursor) return counts;
  const [cursor] = (await ctx.db.read({ cursor: healCursor(ctx, mode) })).cursor;
  let from = startOf(cursor?.readUpTo, now);
  let width = DAY;
  let unrecordedInARow = 0;
  let cursorStays = false;
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
        cursorStays = true;
        if (++unrecordedInARow === UNRECORDED_IN_A_ROW) throw error;
        ctx.log({ event: "internal", name: "heal_events", code: "not_recorded", fault: faultOf(error) });
      }
    }
    // A slice that the budget cut short is read again.
    if (more) return counts;
    if (!cursorStays) await ctx.db.commit([advanceCursor(ctx, mode, Math.min(to, now), now)]);
    from = to;
    width = Math.min(DAY, width * 2);
  }
  return { ...counts, caughtUp: !cursorStays };
}

/** A cursor in the future was set by a wrong clock, so the whole list is read again. */
function startOf(readUpTo: number | undefined, now: number): number {
  const known = readUpTo === undefined || readUpTo > now + OVERLAP_MS ? 0 : readUpTo;
  return Math.max(now - KEPT_MS, known - OVERLAP_MS);
}

interface Listed {
  readonly id: string;
}

/** The events of a slice, oldest first. A slice of a minute is read to its end, within the budget. */
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

/** The events without a row. A failed event has one, and its own back-off. */
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

/** Applies a listed event: our key fetched it, which proves its origin as a signature does. */
async function applyMissed(raw: unknown, mode: StripeMode, ctx: Context): Promise<"applied" | "failed"> {
  const event = eventOf(raw, mode);
  if (!event) return "failed";
  const { status } = await receiveEvent(await arrivalOf(event, { cameBy: "event_list" }), ctx);
  return status === "failed" ? "failed" : "applied";
}
