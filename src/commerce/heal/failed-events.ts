import type { Context } from "../../context.ts";
import { failedEvents } from "../../db/heal.ts";
import { canonicalJson } from "../../kernel/canonical-json.ts";
import { sha256 } from "../../kernel/keyring.ts";
import { eventOf } from "../../stripe/verify-event.ts";
import { applyEvent } from "../apply-event.ts";

const BATCH = 50;

/** Tries failed events again once their back-off is over. The payload is not kept, so Stripe is asked for it. */
export async function healFailedEvents(ctx: Context): Promise<{ tried: number; applied: number }> {
  const { events } = await ctx.db.read({ events: failedEvents(ctx, ctx.clock.now(), BATCH) });
  let applied = 0;
  for (const { id, livemode } of events) {
    if (await replayEvent(id, livemode === 1 ? "live" : "sandbox", ctx)) applied++;
  }
  return { tried: events.length, applied };
}

/** Fetches one event from Stripe and applies it; false where it is gone or fails again. */
export async function replayEvent(id: string, mode: "sandbox" | "live", ctx: Context): Promise<boolean> {
  try {
    const raw: unknown = await ctx.stripe.client(mode).events.retrieve(id);
    const event = eventOf(raw, mode);
    if (!event) return false;
    await applyEvent(event, await sha256(canonicalJson(raw)), ctx);
    return true;
  } catch {
    return false;
  }
}
