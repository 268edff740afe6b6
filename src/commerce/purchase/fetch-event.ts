import type { StripeMode } from "../../db/schema/vocabulary.ts";
import type { EventRow } from "../../db/webhook-events.ts";
import type { Context } from "../../kernel/context.ts";
import { ifThere } from "../../stripe/if-there.ts";
import { eventOf } from "../../stripe/verify-event.ts";
import { type Arrival, arrivalOf } from "./event-records.ts";

/** The Stripe mode of a stored event. */
export const modeOf = ({ livemode }: Pick<EventRow, "livemode">): StripeMode => (livemode === 1 ? "live" : "sandbox");

/** Stripe's own copy of an event: `gone` after its 30 days. */
type FetchedArrival = { readonly kind: "arrival"; readonly arrival: Arrival } | { readonly kind: "gone" | "malformed" };

/** Fetches a stored event from Stripe. Throws the error of the call, except for an event that Stripe no longer has. */
export async function fetchArrival(
  row: Pick<EventRow, "id" | "livemode" | "cameBy">,
  ctx: Context,
): Promise<FetchedArrival> {
  const mode = modeOf(row);
  const raw = await ifThere(ctx.stripe.client(mode).events.retrieve(row.id));
  if (raw === undefined) return { kind: "gone" };
  const event = eventOf(raw, mode);
  if (!event) return { kind: "malformed" };
  return { kind: "arrival", arrival: await arrivalOf(event, { cameBy: row.cameBy, isFetched: true }) };
}
