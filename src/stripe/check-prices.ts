import type { Refusal } from "../db/provider-refusals.ts";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import type { StripeCaller } from "./client.ts";
import { type ConfirmedPrice, type PriceFault, priceFault } from "./mapped-price.ts";
import { refusalIn, requestIdIn } from "./refusal.ts";

/** The `type` of a refusal that this server makes itself: a price at Stripe differs from what was confirmed. */
export const PRICE_DIFFERS = "price_differs";

/** A line of a session whose price stands at Stripe. */
interface MappedLine extends ConfirmedPrice {
  readonly stripePriceId: string;
  /** The price of the catalog. */
  readonly priceId: string;
}

type PricesOutcome =
  | { readonly kind: "as_confirmed" }
  /** A price differs, or Stripe refuses to read it: the session must not be asked for. */
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Stripe did not answer, or had too many requests. */
  | { readonly kind: "not_compared" };

/**
 * Reads the prices of a session's lines at Stripe and compares them with what was confirmed, before the session is made: a
 * price that was changed at Stripe would be charged as it stands there.
 */
export async function checkPrices(
  lines: readonly MappedLine[],
  { stripeMode, apiVersion }: { readonly stripeMode: StripeMode; readonly apiVersion: string },
  caller: StripeCaller,
): Promise<PricesOutcome> {
  const stripe = caller.stripe.client(stripeMode);
  const call = "prices.retrieve";
  for (const line of lines) {
    try {
      const expand = { expand: ["currency_options"] };
      const price = await stripe.prices.retrieve(line.stripePriceId, expand, { apiVersion });
      const fault = priceFault(price, line);
      if (fault) return { kind: "refused", refusal: differs(fault, line, price.lastResponse.requestId) };
    } catch (error) {
      const refusal = refusalIn(error, { stripeMode, call });
      return refusal ? { kind: "refused", refusal: { ...refusal, param: line.priceId } } : { kind: "not_compared" };
    }
  }
  return { kind: "as_confirmed" };
}

/** The field that differs stands in place of Stripe's code, and the price of the catalog in place of a parameter. */
function differs(fault: PriceFault, { stripeMode, priceId }: MappedLine, requestId: string): Refusal {
  return {
    stripeMode,
    call: "prices.retrieve",
    status: 200,
    type: PRICE_DIFFERS,
    code: fault,
    param: priceId,
    requestId: requestIdIn(requestId),
  };
}
