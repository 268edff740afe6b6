import type { Context } from "../../context.ts";
import { advanceCursor, healCursor } from "../../db/heal.ts";
import { HANDLED_EVENT_TYPES } from "../../db/schema/vocabulary.ts";
import { canonicalJson } from "../../kernel/canonical-json.ts";
import { sha256 } from "../../kernel/keyring.ts";
import type { StripeMode } from "../../stripe/client.ts";
import { eventOf } from "../../stripe/verify-event.ts";
import { applyEvent } from "../apply-event.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Stripe lists events for 30 days; an outage beyond that is for `healPurchases`. */
const KEPT_MS = 30 * DAY;
/** An event may enter the list a little after the time that it bears. */
const OVERLAP_MS = 5 * MINUTE;
const PAGE = 100;

export interface HealedEvents {
  /** Events that Stripe listed, and those of them that had been missed. */
  listed: number;
  applied: number;
  failed: number;
}

/**
 * Reads Stripe's event list from where the last run stopped and applies what was missed. The list is walked in slices
 * of time, the oldest first, and the cursor moves with each: a run that dies loses one slice, and two at once apply
 * each event once. `budget` bounds the events of one run; the next goes on.
 */
export async function healEvents(mode: StripeMode, budget: number, ctx: Context): Promise<HealedEvents> {
  const now = ctx.clock.now();
  const [cursor] = (await ctx.db.read({ cursor: healCursor(ctx, mode) })).cursor;
  const counts: HealedEvents = { listed: 0, applied: 0, failed: 0 };
  let from = Math.max(now - KEPT_MS, (cursor?.readUpTo ?? 0) - OVERLAP_MS);
  let width = DAY;
  while (from < now && counts.listed < budget) {
    const to = Math.min(from + width, now + 1000);
    const { events, more } = await slice(mode, from, to, ctx);
    if (more && width > MINUTE) {
      width = Math.max(MINUTE, width / 2);
      continue;
    }
    for (const event of events) {
      counts.listed++;
      const outcome = await applyOnce(event, mode, ctx);
      if (outcome !== "known") counts[outcome]++;
    }
    await ctx.db.commit([advanceCursor(ctx, mode, Math.min(to, now))]);
    from = to;
    width = Math.min(DAY, width * 2);
  }
  return counts;
}

/** The events of a slice, oldest first. A slice of a minute is read to its end however many there are. */
async function slice(mode: StripeMode, from: number, to: number, ctx: Context) {
  const query = {
    created: { gte: Math.floor(from / 1000), lt: Math.ceil(to / 1000) },
    types: [...HANDLED_EVENT_TYPES],
    limit: PAGE,
  };
  const events: unknown[] = [];
  let page = await ctx.stripe.client(mode).events.list(query);
  events.push(...page.data);
  while (page.has_more && to - from <= MINUTE) {
    const last = page.data.at(-1);
    if (!last) break;
    page = await ctx.stripe.client(mode).events.list({ ...query, starting_after: last.id });
    events.push(...page.data);
  }
  return { events: events.reverse(), more: page.has_more };
}

/** Applies an event that we fetched ourselves: Stripe's word as good as a signed delivery. */
async function applyOnce(raw: unknown, mode: StripeMode, ctx: Context): Promise<"applied" | "failed" | "known"> {
  const event = eventOf(raw, mode);
  if (!event) return "failed";
  try {
    const { duplicate } = await applyEvent(event, await sha256(canonicalJson(raw)), ctx);
    return duplicate ? "known" : "applied";
  } catch {
    return "failed";
  }
}
