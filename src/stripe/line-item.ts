import type Stripe from "stripe";

/** What Stripe is told of a price, from the catalog. */
interface SoldPrice {
  readonly stripePriceId: string | null;
  readonly currency: string;
  readonly unitAmountCents: number;
}

/** A line as Stripe takes it: the mapped price where there is one, else priced in place; `month` recurs. */
export function lineItem(
  price: SoldPrice,
  name: string,
  interval: "once" | "month",
): Stripe.Checkout.SessionCreateParams.LineItem {
  if (price.stripePriceId) return { price: price.stripePriceId, quantity: 1 };
  return {
    quantity: 1,
    price_data: {
      currency: price.currency,
      unit_amount: price.unitAmountCents,
      product_data: { name },
      ...(interval === "month" && { recurring: { interval } }),
    },
  };
}
