import type Stripe from "stripe";
import { seconds } from "./clock.ts";
import { newId } from "./ids.ts";
import type { WireLineItem, WirePrice } from "./line-items.ts";
import type { Sandbox } from "./sandbox.ts";

/** A billing period in epoch seconds. */
export interface Period {
  start: number;
  end: number;
}

/** A subscription item as JSON, of a recurring price. */
export interface WireSubscriptionItem extends Omit<Stripe.SubscriptionItem, "plan" | "price" | "quantity"> {
  plan: Omit<Stripe.Plan, "amount_decimal"> & { amount_decimal: string };
  price: WirePrice & { recurring: Stripe.Price.Recurring };
  quantity: number;
}

/** The subscription item of a line item; null for a one-time price. */
export function newSubscriptionItem(
  sandbox: Sandbox,
  line: WireLineItem,
  subscription: string,
  period: Period,
): WireSubscriptionItem | null {
  const { recurring } = line.price;
  if (recurring === null) return null;
  const price = { ...line.price, recurring };
  return {
    id: newId("si", 14),
    object: "subscription_item",
    billing_thresholds: null,
    created: seconds(sandbox.now),
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price,
    quantity: line.quantity,
    subscription,
    tax_rates: [],
  } satisfies WireSubscriptionItem;
}

/** The recurring price as a `plan`, the older form that Stripe still shows. */
function planOf(price: WireSubscriptionItem["price"]): WireSubscriptionItem["plan"] {
  return {
    id: price.id,
    object: "plan",
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring.interval,
    interval_count: price.recurring.interval_count,
    livemode: price.livemode,
    metadata: price.metadata,
    meter: null,
    nickname: null,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: "licensed",
  };
}
