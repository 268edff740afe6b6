import type Stripe from "stripe";
import { newId } from "./ids.ts";
import type { WireLineItem } from "./line-items.ts";
import { formatAmount } from "./money.ts";
import type { Period, WireSubscriptionItem } from "./subscription-items.ts";
import type { WireSubscription } from "./subscriptions.ts";
import { type Tax, taxOn } from "./tax.ts";

/** A line of an invoice as JSON. */
export interface WireInvoiceLine extends Omit<Stripe.InvoiceLineItem, "pricing" | "quantity_decimal"> {
  pricing: Omit<Stripe.InvoiceLineItem.Pricing, "unit_amount_decimal"> & { unit_amount_decimal: string };
  quantity_decimal: string;
}

/** The line of a subscription item for a period; `percent` is its tax. */
export function recurringLine(
  invoice: string,
  subscription: WireSubscription,
  item: WireSubscriptionItem,
  period: Period,
  percent: number | null,
): WireInvoiceLine {
  const { recurring, unit_amount, currency } = item.price;
  return {
    ...lineOf(invoice, subscription, item, percent),
    description: `${item.quantity} × ${formatAmount(unit_amount, currency)} / ${recurring.interval}`,
    metadata: subscription.metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: item.id,
      },
      type: "subscription_item_details",
    },
    period,
  };
}

/** The line of a one-time price, on the first invoice. */
export function oneTimeLine(
  invoice: string,
  subscription: WireSubscription,
  line: WireLineItem,
  percent: number | null,
): WireInvoiceLine {
  return {
    ...lineOf(invoice, subscription, line, percent),
    description: line.description,
    metadata: {},
    parent: {
      invoice_item_details: {
        invoice_item: newId("ii"),
        proration: false,
        proration_details: { credited_items: null },
        subscription: subscription.id,
      },
      subscription_item_details: null,
      type: "invoice_item_details",
    },
    period: { start: subscription.created, end: subscription.created },
  };
}

function lineOf(
  invoice: string,
  { id: subscription, livemode }: WireSubscription,
  { price, quantity }: Pick<WireLineItem, "price" | "quantity">,
  percent: number | null,
): Omit<WireInvoiceLine, "description" | "metadata" | "parent" | "period"> {
  const amount = price.unit_amount * quantity;
  return {
    id: newId("il"),
    object: "line_item",
    amount,
    currency: price.currency,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice,
    livemode,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: price.id, product: price.product },
      type: "price_details",
      unit_amount_decimal: price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: String(quantity),
    subscription,
    subtotal: amount,
    taxes: percent === null ? [] : [wireTax(taxOn(amount, price, percent))],
  };
}

function wireTax({ amount, behavior, taxable, rate }: Tax): Stripe.InvoiceLineItem.Tax {
  return {
    amount,
    tax_behavior: behavior,
    tax_rate_details: { tax_rate: rate },
    taxability_reason: "standard_rated",
    taxable_amount: taxable,
    type: "tax_rate_details",
  };
}
