import type Stripe from "stripe";
import { newId } from "./ids.ts";
import type { PricedLine } from "./session-lines.ts";

/** A price as JSON. Stripe writes decimals as text. */
export interface WirePrice
  extends Omit<Stripe.Price, "currency_options" | "product" | "tiers" | "unit_amount" | "unit_amount_decimal"> {
  product: string;
  unit_amount: number;
  unit_amount_decimal: string;
}

/** A line item as JSON. */
export interface WireLineItem extends Omit<Stripe.LineItem, "price" | "quantity"> {
  price: WirePrice;
  quantity: number;
}

/** The line item of a priced line, before tax. */
export function newLineItem({ price, name, quantity, metadata }: PricedLine): WireLineItem {
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
    description: name,
    metadata,
    price,
    quantity,
  } satisfies WireLineItem;
}
