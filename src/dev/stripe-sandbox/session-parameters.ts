import type Stripe from "stripe";
import { invalid } from "./errors.ts";
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

const productData = fields({
  name: required(text(250)),
  description: text(),
  images: list(webAddress(), 8),
  metadata: metadata(),
  tax_code: text(),
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
  tax_behavior: choice(["exclusive", "inclusive", "unspecified"]),
  unit_amount: required(integer({ min: 0, max: 999_999_999_999 })),
  unit_amount_decimal: notSimulated(),
} satisfies Record<keyof Stripe.Checkout.SessionCreateParams.LineItem.PriceData, Reader<unknown>>);

const lineItem = fields({
  adjustable_quantity: notSimulated(),
  metadata: metadata(),
  price: text(),
  price_data: priceData,
  quantity: required(integer({ min: 1, max: 999_999 })),
  tax_rates: notSimulated(),
} satisfies Record<keyof Stripe.Checkout.SessionCreateParams.LineItem, Reader<unknown>>);

/** Every parameter of session creation in this version of Stripe; any other is refused as unknown. */
export const createSessionParameters = {
  adaptive_pricing: fields({
    enabled: flag(),
  } satisfies Record<keyof Stripe.Checkout.SessionCreateParams.AdaptivePricing, Reader<unknown>>),
  after_expiration: notSimulated(),
  allow_promotion_codes: notSimulated(),
  allowed_payment_method_types: list(choice(["card", "link"])),
  automatic_tax: fields({
    enabled: required(flag()),
    liability: notSimulated(),
  } satisfies Record<keyof Stripe.Checkout.SessionCreateParams.AutomaticTax, Reader<unknown>>),
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
  managed_payments: fields({
    enabled: flag(),
  } satisfies Record<keyof Stripe.Checkout.SessionCreateParams.ManagedPayments, Reader<unknown>>),
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
    billing_mode: fields({
      flexible: notSimulated(),
      type: required(choice(["classic", "flexible"])),
    } satisfies Record<keyof Stripe.Checkout.SessionCreateParams.SubscriptionData.BillingMode, Reader<unknown>>),
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

function currency(): Reader<string | undefined> {
  return (value, at) => {
    const code = text()(value, at)?.toLowerCase();
    if (code !== undefined && !/^[a-z]{3}$/.test(code)) {
      throw invalid(at, `Invalid currency: ${code}. Use a three-letter ISO 4217 code.`);
    }
    return code;
  };
}
