import type Stripe from "stripe";
import { seconds } from "./clock.ts";
import { invalid, missing } from "./errors.ts";
import {
  choice,
  emailAddress,
  expandable,
  fields,
  flag,
  integer,
  list,
  metadata,
  notSimulated,
  type Read,
  type Reader,
  required,
  text,
  webAddress,
} from "./parameters.ts";
import type { Sandbox } from "./sandbox.ts";

const MINUTES_30 = 30 * 60;
const HOURS_24 = 24 * 60 * 60;

const productData = fields({
  name: required(text(250)),
  description: text(),
  images: list(webAddress(), 8),
  metadata: metadata(),
  tax_code: notSimulated(),
  tax_details: notSimulated(),
  unit_label: text(12),
} satisfies Record<keyof Stripe.Checkout.SessionCreateParams.LineItem.PriceData.ProductData, Reader<unknown>>);

const priceData = fields({
  currency: required(currency()),
  product: notSimulated(),
  product_data: required(productData),
  recurring: fields({
    interval: required(choice(["day", "month", "week", "year"])),
    interval_count: integer({ min: 1 }),
  }),
  tax_behavior: notSimulated(),
  unit_amount: required(integer({ min: 0, max: 99_999_999 })),
  unit_amount_decimal: notSimulated(),
} satisfies Record<keyof Stripe.Checkout.SessionCreateParams.LineItem.PriceData, Reader<unknown>>);

const lineItem = fields({
  adjustable_quantity: notSimulated(),
  metadata: metadata(),
  price: notSimulated(),
  price_data: required(priceData),
  quantity: required(integer({ min: 1, max: 999_999 })),
  tax_rates: notSimulated(),
} satisfies Record<keyof Stripe.Checkout.SessionCreateParams.LineItem, Reader<unknown>>);

/** Every parameter of session creation in this version of Stripe; any other is refused as unknown. */
export const createSessionParameters = {
  adaptive_pricing: off(),
  after_expiration: notSimulated(),
  allow_promotion_codes: notSimulated(),
  allowed_payment_method_types: list(choice(["card", "link"])),
  automatic_tax: off(),
  billing_address_collection: choice(["auto", "required"]),
  branding_settings: notSimulated(),
  cancel_url: webAddress(),
  client_reference_id: text(200),
  consent_collection: notSimulated(),
  currency: currency(),
  custom_fields: notSimulated(),
  custom_text: notSimulated(),
  customer: notSimulated(),
  customer_account: notSimulated(),
  customer_creation: choice(["always", "if_required"]),
  customer_email: emailAddress(),
  customer_update: notSimulated(),
  discounts: notSimulated(),
  excluded_payment_method_types: notSimulated(),
  expand: expandable("line_items"),
  expires_at: integer(),
  integration_identifier: text(200),
  invoice_creation: notSimulated(),
  line_items: required(list(lineItem)),
  locale: text(10),
  managed_payments: off(),
  metadata: metadata(),
  mode: required(choice(["payment", "subscription"])),
  name_collection: notSimulated(),
  optional_items: notSimulated(),
  origin_context: choice(["mobile_app", "web"]),
  payment_intent_data: fields({
    application_fee_amount: notSimulated(),
    capture_method: notSimulated(),
    description: text(1000),
    metadata: metadata(),
    on_behalf_of: notSimulated(),
    receipt_email: notSimulated(),
    setup_future_usage: notSimulated(),
    shipping: notSimulated(),
    statement_descriptor: text(22),
    statement_descriptor_suffix: text(22),
    transfer_data: notSimulated(),
    transfer_group: notSimulated(),
  } satisfies Record<keyof Stripe.Checkout.SessionCreateParams.PaymentIntentData, Reader<unknown>>),
  payment_method_collection: choice(["always", "if_required"]),
  payment_method_configuration: notSimulated(),
  payment_method_data: notSimulated(),
  payment_method_options: notSimulated(),
  permissions: notSimulated(),
  phone_number_collection: notSimulated(),
  redirect_on_completion: notSimulated(),
  return_url: notSimulated(),
  saved_payment_method_options: notSimulated(),
  setup_intent_data: notSimulated(),
  shipping_address_collection: notSimulated(),
  shipping_options: notSimulated(),
  submit_type: choice(["auto", "book", "donate", "pay", "subscribe"]),
  subscription_data: fields({
    application_fee_percent: notSimulated(),
    billing_cycle_anchor: notSimulated(),
    billing_cycle_anchor_config: notSimulated(),
    billing_mode: notSimulated(),
    default_tax_rates: notSimulated(),
    description: text(500),
    invoice_settings: notSimulated(),
    metadata: metadata(),
    on_behalf_of: notSimulated(),
    pending_invoice_item_interval: notSimulated(),
    proration_behavior: notSimulated(),
    transfer_data: notSimulated(),
    trial_end: notSimulated(),
    trial_period_days: notSimulated(),
    trial_settings: notSimulated(),
  } satisfies Record<keyof Stripe.Checkout.SessionCreateParams.SubscriptionData, Reader<unknown>>),
  success_url: required(webAddress()),
  tax_id_collection: notSimulated(),
  ui_mode: choice(["hosted_page"]),
  wallet_options: notSimulated(),
} satisfies Record<keyof Stripe.Checkout.SessionCreateParams, Reader<unknown>>;

/** The accepted parameters of session creation. */
export type CreateSession = Read<typeof createSessionParameters>;

/** The rules of session creation between parameters and about the clock. */
export function checkCreateSession(parameters: CreateSession, { now }: Sandbox): void {
  const prices = parameters.line_items.map((item) => item.price_data);
  if (prices.length === 0) throw missing("line_items");
  const recurring = prices.filter((price) => price.recurring !== undefined).length;
  if (parameters.mode === "payment") {
    if (recurring > 0) {
      throw invalid(
        "mode",
        "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
      );
    }
    if (parameters.subscription_data)
      throw invalid("subscription_data", "You can not pass `subscription_data` in `payment` mode.");
  } else {
    if (recurring === 0) {
      throw invalid("mode", "You must provide at least one recurring price in `subscription` mode when using prices.");
    }
    if (parameters.payment_intent_data) {
      throw invalid("payment_intent_data", "You can not pass `payment_intent_data` in `subscription` mode.");
    }
    if (parameters.customer_creation)
      throw invalid("customer_creation", "`customer_creation` can only be used in `payment` mode.");
  }
  const intervals = new Set(prices.flatMap(({ recurring: every }) => (every ? [JSON.stringify(every)] : [])));
  if (intervals.size > 1) {
    throw invalid(
      "line_items",
      "The Stripe sandbox bills all recurring prices of a subscription at the same interval.",
    );
  }
  const currencies = new Set(prices.map((price) => price.currency));
  if (parameters.currency) currencies.add(parameters.currency);
  if (currencies.size > 1) {
    throw invalid(
      "line_items",
      `All prices of a Checkout Session must use the same currency, and these use ${[...currencies].join(", ")}.`,
    );
  }
  checkExpiry(parameters.expires_at, seconds(now));
}

function checkExpiry(expiresAt: number | undefined, now: number): void {
  if (expiresAt === undefined) return;
  if (expiresAt < now + MINUTES_30) {
    throw invalid(
      "expires_at",
      "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
    );
  }
  if (expiresAt > now + HOURS_24) {
    throw invalid(
      "expires_at",
      "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
    );
  }
}

/** A setting that is simulated in its off state alone. */
function off(): Reader<undefined> {
  return (value, at) => {
    if (fields({ enabled: required(flag()) })(value, at)?.enabled) notSimulated()(value, at);
    return undefined;
  };
}

function currency(): Reader<string | undefined> {
  return (value, at) => {
    const code = text()(value, at)?.toLowerCase();
    if (code !== undefined && !/^[a-z]{3}$/.test(code)) {
      throw invalid(at, `Invalid currency: ${code}. Use a three-letter ISO 4217 code.`);
    }
    return code;
  };
}
