import type Stripe from "stripe";
import type { StripeMode, TaxBehavior } from "../db/schema/vocabulary.ts";

/** The fields of a catalog price that Stripe gets. */
interface SoldPrice {
  readonly stripePriceId: string | null;
  readonly currency: string;
  readonly unitAmountCents: number;
  readonly taxBehavior: TaxBehavior | null;
  readonly taxCode: string | null;
}

/**
 * A line of a session: the mapped Stripe price where the catalog has one, else the amount itself; `month` and `year` recur.
 * A mapped price stands in the mode that the data wants, so a sale in the other mode names the amount.
 */
export function lineItem(
  price: SoldPrice,
  name: string,
  interval: "once" | "month" | "year",
  { wanted, sold }: { readonly wanted: StripeMode | null; readonly sold: StripeMode },
): Stripe.Checkout.SessionCreateParams.LineItem {
  if (price.stripePriceId && sold === wanted) return { price: price.stripePriceId, quantity: 1 };
  return {
    quantity: 1,
    price_data: {
      currency: price.currency,
      unit_amount: price.unitAmountCents,
      product_data: { name, ...(price.taxCode !== null && { tax_code: price.taxCode }) },
      ...(price.taxBehavior !== null && { tax_behavior: price.taxBehavior }),
      ...(interval !== "once" && { recurring: { interval } }),
    },
  };
}
