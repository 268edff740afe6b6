import Stripe from "stripe";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/digest.ts";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import type { EventRow } from "../../db/webhook-events.ts";
import type { Context } from "../../kernel/context.ts";
import { eventOf } from "../../stripe/verify-event.ts";
import type { Arrival } from "./apply-event.ts";

/** The mode that a stored event is of. */
export const modeOf = ({ livemode }: Pick<EventRow, "livemode">): StripeMode => (livemode === 1 ? "live" : "sandbox");

/**
 * An event as Stripe still has it: `gone` after its 30 days, undefined where it has no event's shape. Throws what the
 * call throws.
 */
export async function fetchArrival(
  row: Pick<EventRow, "id" | "livemode" | "cameBy">,
  ctx: Context,
): Promise<Arrival | "gone" | undefined> {
  const mode = modeOf(row);
  let raw: unknown;
  try {
    raw = await ctx.stripe.client(mode).events.retrieve(row.id);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError && error.statusCode === 404) return "gone";
    throw error;
  }
  const event = eventOf(raw, mode);
  return event && { event, payloadSha256: await sha256(canonicalJson(raw)), cameBy: row.cameBy };
}
