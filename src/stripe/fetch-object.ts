import type Stripe from "stripe";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import type { StripeCaller } from "./client.ts";
import { ifThere } from "./if-there.ts";
import { withAllLines } from "./invoice-lines.ts";

/** An object as Stripe has it now, under the API version of this code. */
interface FetchedObject {
  readonly object: Record<string, unknown>;
  /** When we asked for it, by our own clock. */
  readonly askedAt: number;
}

type Fetch = (stripe: Stripe, id: string) => Promise<object>;

/** How the object of an event is fetched, by the beginning of the event's type. The first one that fits counts. */
const FETCHES: readonly (readonly [prefix: string, fetch: Fetch])[] = [
  ["checkout.session.", (stripe, id) => stripe.checkout.sessions.retrieve(id)],
  ["customer.subscription.", (stripe, id) => stripe.subscriptions.retrieve(id)],
  ["invoice.", async (stripe, id) => withAllLines(stripe, await stripe.invoices.retrieve(id))],
  ["invoice_payment.", (stripe, id) => stripe.invoicePayments.retrieve(id)],
  ["refund.", (stripe, id) => stripe.refunds.retrieve(id)],
  ["charge.dispute.", (stripe, id) => stripe.disputes.retrieve(id)],
  ["charge.", (stripe, id) => stripe.charges.retrieve(id)],
];

/**
 * Fetches the object that an event is about by its id. The event itself, fetched again, would have its old shape. Undefined
 * where Stripe has no such object. Throws the error of every other call that fails.
 */
export async function fetchObject(
  { type, id, mode }: { readonly type: string; readonly id: string; readonly mode: StripeMode },
  caller: StripeCaller,
): Promise<FetchedObject | undefined> {
  const [, fetch] = FETCHES.find(([prefix]) => type.startsWith(prefix)) ?? [];
  if (!fetch) return undefined;
  const askedAt = caller.clock.now();
  const object = await ifThere(fetch(caller.stripe.client(mode), id));
  return object && { object: { ...object }, askedAt };
}
