import { faultOf } from "../../base/log.ts";
import { nextVersion } from "../../base/time.ts";
import { GuardFailed } from "../../db/database.ts";
import { failedEvents } from "../../db/heal.ts";
import { type EventRow, takeEvent } from "../../db/webhook-events.ts";
import type { Context } from "../../kernel/context.ts";
import { applyEvent } from "../purchase/apply-event.ts";
import { fetchArrival, modeOf } from "../purchase/fetch-event.ts";
import { TRIPS_TO_APPLY } from "../purchase/known.ts";
import { TRIPS_TO_READ } from "../purchase/read-event.ts";
import { recordFailure, TRIPS_TO_RECORD } from "../purchase/receive-event.ts";
import type { Budget } from "./budget.ts";
import type { Reach } from "./reach.ts";

const PAGE = 20;
/** A fetch that Stripe's library may repeat, an application that loses every race but the last, and the failure's record. */
const WORST_EVENT = 2 + TRIPS_TO_READ + TRIPS_TO_APPLY + TRIPS_TO_RECORD;

export interface HealedFailures {
  tried: number;
  applied: number;
  failed: number;
}

/**
 * Tries failed events again once their back-off is over: two minutes, four, eight, up to seventeen hours. The payload
 * is not stored, so it is fetched from Stripe; an event that Stripe no longer has is blocked for the owner. An event that
 * fails again counts as tried, and the others get their turn.
 */
export async function healFailedEvents(budget: Budget, reach: Reach, ctx: Context): Promise<HealedFailures> {
  const counts: HealedFailures = { tried: 0, applied: 0, failed: 0 };
  const now = ctx.clock.now();
  for (let more = true; more && reach.modes.length > 0 && budget.left > WORST_EVENT; ) {
    const { events } = await ctx.db.read({ events: failedEvents(ctx, reach.modes, now, PAGE) });
    more = events.length === PAGE;
    for (const row of events) {
      if (!reach.modes.includes(modeOf(row))) continue;
      if (budget.left < WORST_EVENT) return counts;
      counts.tried++;
      counts[(await tryAgain(row, reach, ctx)) ? "applied" : "failed"]++;
    }
  }
  return counts;
}

async function tryAgain(row: EventRow, reach: Reach, ctx: Context): Promise<boolean> {
  const fetched = await fetchArrival(row, ctx).then(
    (answer) => {
      reach.note(modeOf(row));
      return answer;
    },
    (error: unknown) => {
      reach.note(modeOf(row), error);
      ctx.log({ event: "internal", name: row.eventType, code: "not_fetched", fault: faultOf(error) });
    },
  );
  if (fetched?.kind !== "arrival") {
    await noteTried(row, fetched?.kind === "gone" ? GONE : {}, ctx);
    return false;
  }
  const { arrival } = fetched;
  try {
    await applyEvent(arrival, ctx);
    return true;
  } catch (thrown) {
    await recordFailure(arrival, thrown, ctx);
    return false;
  }
}

const GONE = { status: "blocked", error: "gone_at_stripe" } as const;

/** Counts a try for which Stripe gave no event, unless another run or a replay finished the event meanwhile. */
async function noteTried(row: EventRow, change: Partial<EventRow>, ctx: Context): Promise<void> {
  const tried = { attempts: row.attempts + 1, updatedAt: nextVersion(row.updatedAt, ctx.clock.now()) };
  try {
    await ctx.db.commit(takeEvent(ctx, { ...row, ...tried, ...change }));
  } catch (error) {
    if (!(error instanceof GuardFailed)) throw error;
  }
}
