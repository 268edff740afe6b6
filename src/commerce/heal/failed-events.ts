import Stripe from "stripe";
import type { Context } from "../../context.ts";
import { failedEvents } from "../../db/heal.ts";
import { type EventRow, takeEvent } from "../../db/webhook-events.ts";
import { canonicalJson } from "../../kernel/canonical-json.ts";
import { sha256 } from "../../kernel/keyring.ts";
import { nextVersion } from "../../kernel/time.ts";
import type { StripeMode } from "../../stripe/client.ts";
import { eventOf } from "../../stripe/verify-event.ts";
import { type Arrival, applyEvent } from "../apply-event.ts";
import { recordFailure } from "../receive-event.ts";
import type { Budget } from "./budget.ts";

const BATCH = 20;
/** One call, a try, and the record of its failure. */
const TRIPS_PER_EVENT = 6;

/**
 * Tries failed events again once their back-off is over: two minutes, four, eight, up to seventeen hours. The payload
 * is not kept, so Stripe is asked for it; what Stripe no longer has is left for a person.
 */
export async function healFailedEvents(budget: Budget, ctx: Context): Promise<{ tried: number; applied: number }> {
  const counts = { tried: 0, applied: 0 };
  if (!budget.take(1)) return counts;
  const { events } = await ctx.db.read({ events: failedEvents(ctx, ctx.clock.now(), BATCH) });
  for (const row of events) {
    if (!budget.take(TRIPS_PER_EVENT)) break;
    counts.tried++;
    if (await tryAgain(row, ctx)) counts.applied++;
  }
  return counts;
}

async function tryAgain(row: EventRow, ctx: Context): Promise<boolean> {
  const arrival = await fetchArrival(row, ctx);
  if (arrival === "gone") {
    await ctx.db.commit(takeEvent(ctx, leftForAPerson(row, ctx)));
    return false;
  }
  if (!arrival) return false;
  try {
    await applyEvent(arrival, ctx);
    return true;
  } catch (thrown) {
    await recordFailure(arrival, thrown, ctx);
    return false;
  }
}

const leftForAPerson = (row: EventRow, ctx: Context): EventRow => ({
  ...row,
  status: "blocked",
  error: "failed until Stripe no longer kept it",
  updatedAt: nextVersion(row.updatedAt, ctx.clock.now()),
});

/** An event as Stripe still has it: `gone` after its 30 days, undefined where Stripe gives no answer now. */
export async function fetchArrival(
  { id, livemode, cameBy }: Pick<EventRow, "id" | "livemode" | "cameBy">,
  ctx: Context,
): Promise<Arrival | "gone" | undefined> {
  const mode: StripeMode = livemode === 1 ? "live" : "sandbox";
  try {
    const raw: unknown = await ctx.stripe.client(mode).events.retrieve(id);
    const event = eventOf(raw, mode);
    return event && { event, payloadSha256: await sha256(canonicalJson(raw)), cameBy };
  } catch (error) {
    return error instanceof Stripe.errors.StripeError && error.statusCode === 404 ? "gone" : undefined;
  }
}
