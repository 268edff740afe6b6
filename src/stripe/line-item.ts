import type Stripe from "stripe";

/** The fields of a catalog price that Stripe gets. */
interface SoldPrice {
  readonly stripePriceId: string | null;
  readonly currency: string;
  readonly unitAmountCents: number;
}

/** A line of a session: the mapped Stripe price where the catalog has one, else the amount itself; `month` and `year` recur. */
export function lineItem(
  price: SoldPrice,
  name: string,
  interval: "once" | "month" | "year",
): Stripe.Checkout.SessionCreateParams.LineItem {
  if (price.stripePriceId) return { price: price.stripePriceId, quantity: 1 };
  return {
    quantity: 1,
    price_data: {
      currency: price.currency,
      unit_amount: price.unitAmountCents,
      product_data: { name },
      ...(interval !== "once" && { recurring: { interval } }),
    },
  };
}
