import type Stripe from "stripe";
import { newId } from "./ids.ts";
import type { CreateSession } from "./session-parameters.ts";

/** A price as JSON. Stripe writes decimals as text. */
export interface WirePrice extends Omit<Stripe.Price, "product" | "unit_amount" | "unit_amount_decimal"> {
  product: string;
  unit_amount: number;
  unit_amount_decimal: string;
}

/** A line item as JSON. */
export interface WireLineItem extends Omit<Stripe.LineItem, "price" | "quantity"> {
  price: WirePrice;
  quantity: number;
}

/** The line item of a parameter, with a price and a product of its own. */
export function newLineItem(
  item: CreateSession["line_items"][number],
  of: { created: number; livemode: boolean },
): WireLineItem {
  const { price_data: price, quantity } = item;
  const amount = price.unit_amount * quantity;
  return {
    id: newId("li"),
    object: "item",
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: price.currency,
    description: price.product_data.name,
    metadata: item.metadata ?? {},
    price: {
      id: newId("price"),
      object: "price",
      active: false,
      billing_scheme: "per_unit",
      created: of.created,
      currency: price.currency,
      custom_unit_amount: null,
      livemode: of.livemode,
      lookup_key: null,
      metadata: {},
      nickname: null,
      product: newId("prod", 14),
      recurring: price.recurring
        ? {
            interval: price.recurring.interval,
            interval_count: price.recurring.interval_count ?? 1,
            meter: null,
            trial_period_days: null,
            usage_type: "licensed",
          }
        : null,
      tax_behavior: "unspecified",
      tiers_mode: null,
      transform_quantity: null,
      type: price.recurring ? "recurring" : "one_time",
      unit_amount: price.unit_amount,
      unit_amount_decimal: String(price.unit_amount),
    },
    quantity,
  } satisfies WireLineItem;
}
