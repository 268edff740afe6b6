import type { RefusalRow } from "../db/provider-refusals.ts";
import type { StripeCall } from "../db/schema/vocabulary.ts";
import { PRICE_DIFFERS } from "../stripe/check-prices.ts";

/** The right of a restricted key that each call needs, as Stripe's dashboard names it. */
const RIGHTS: Readonly<Record<Exclude<StripeCall, "other">, string>> = {
  "checkout.sessions.create": "Checkout Sessions: write",
  "checkout.sessions.expire": "Checkout Sessions: write",
  "checkout.sessions.retrieve": "Checkout Sessions: read",
  "checkout.sessions.list": "Checkout Sessions: read",
  "subscriptions.retrieve": "Subscriptions: read",
  "invoices.retrieve": "Invoices: read",
  "invoices.list": "Invoices: read",
  "invoices.list_line_items": "Invoices: read",
  "invoice_payments.retrieve": "Invoice Payments: read",
  "invoice_payments.list": "Invoice Payments: read",
  "payment_intents.retrieve": "PaymentIntents: read",
  "charges.retrieve": "Charges and Refunds: read",
  "refunds.retrieve": "Charges and Refunds: read",
  "refunds.list": "Charges and Refunds: read",
  "disputes.retrieve": "Disputes: read",
  "disputes.list": "Disputes: read",
  "events.list": "Events: read",
  "events.retrieve": "Events: read",
  "prices.retrieve": "Prices: read",
  "billing_portal.sessions.create": "Customer portal: write",
};

const CALL_WORDS: Readonly<Record<StripeCall, string>> = {
  "checkout.sessions.create": "make a payment page",
  "checkout.sessions.expire": "end a payment page",
  "checkout.sessions.retrieve": "read a payment page",
  "checkout.sessions.list": "list the payment pages",
  "subscriptions.retrieve": "read a subscription",
  "invoices.retrieve": "read an invoice",
  "invoices.list": "list the invoices of a subscription",
  "invoices.list_line_items": "list the lines of an invoice",
  "invoice_payments.retrieve": "read the payment of an invoice",
  "invoice_payments.list": "list the payments of an invoice",
  "payment_intents.retrieve": "read a payment",
  "charges.retrieve": "read a charge",
  "refunds.retrieve": "read a refund",
  "refunds.list": "list the refunds of a payment",
  "disputes.retrieve": "read a dispute",
  "disputes.list": "list the disputes of a payment",
  "events.list": "list the events",
  "events.retrieve": "read an event",
  "prices.retrieve": "read a price",
  "billing_portal.sessions.create": "open the customer portal",
  other: "answer a request",
};

type Refused = Pick<RefusalRow, "stripeCall" | "errorType" | "errorCode" | "errorParam" | "lastStatus">;

/** What fails each time. */
export function failureWords({ stripeCall, errorType }: Refused): string {
  return errorType === PRICE_DIFFERS ? "sell at a price that stands at Stripe" : CALL_WORDS[stripeCall];
}

const LOOK_UP =
  "Look the request up in Stripe's dashboard (Developers, Logs) by its id on the owner's page: the log says what is wrong.";

const SET_UP_TAX = "Set up Stripe Tax in Stripe's dashboard, or set the tax of the business to none.";

/** What the owner does about each of these codes. */
const BY_CODE: Readonly<Record<string, string>> = {
  amount_too_small: "Raise the price: the total is below Stripe's least amount for the currency.",
  amount_too_large: "Lower the price: the total is above Stripe's most for the currency.",
  stripe_tax_inactive: SET_UP_TAX,
  customer_tax_location_invalid: SET_UP_TAX,
  testmode_charges_only: "Activate the account in Stripe's dashboard: until then it takes test payments only.",
  country_unsupported: "Stripe does not serve the country of the account for this. Ask Stripe's support.",
  product_inactive: "Reactivate the product in Stripe's dashboard, or name another price in the catalog.",
  livemode_mismatch:
    "Stripe keeps the object in its other mode. Check the key, and the ids of Stripe's in the catalog.",
  tls_version_unsupported: "Ask the people who run this server: Stripe wants a newer version of TLS.",
};

/** The fields of a price at Stripe, as words that follow "do not agree in". */
const PRICE_FIELDS: Readonly<Record<string, string>> = {
  active: "whether they are sold: Stripe's was archived",
  currency: "the currency",
  currency_options: "the currencies: Stripe's has further ones",
  billing_scheme: "the charge: Stripe's has tiers",
  tiers_mode: "the charge: Stripe's has tiers",
  custom_unit_amount: "who sets the amount: at Stripe's the buyer does",
  transform_quantity: "the charge: Stripe's rounds the quantity",
  unit_amount: "the amount",
  recurring: "the interval after which they are charged again",
  tax_behavior: "whether tax is added or included",
  livemode: "the mode: one is for tests, the other for real money",
};

/** What the owner does so that Stripe takes the request. */
export function refusalAdvice(refused: Refused): string {
  const { stripeCall: call, errorCode: code, errorParam: param, lastStatus: status } = refused;
  if (status === 401) return "Set a key that Stripe takes: this one was revoked, rolled, or has expired.";
  if (status === 403 || code === "secret_key_required") {
    return call === "other"
      ? "Give the restricted key the right to this call, in Stripe's dashboard (Developers, API keys)."
      : `Give the restricted key the right "${RIGHTS[call]}" in Stripe's dashboard (Developers, API keys).`;
  }
  if (refused.errorType === PRICE_DIFFERS) {
    return `The price at Stripe and the price ${param} of the catalog do not agree in ${PRICE_FIELDS[code] ?? code}. Correct the catalog, or name another price of Stripe's in it.`;
  }
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  if (known) return known;
  if (param.startsWith("automatic_tax")) return SET_UP_TAX;
  if (code === "parameter_unknown") {
    return "This account, or its API version, does not know the parameter. Ask Stripe's support to enable what it is for.";
  }
  if (code === "resource_missing") {
    return call === "prices.retrieve" || (param.includes("price") && call === "checkout.sessions.create")
      ? "The catalog names a price that this Stripe account does not have. Correct the catalog."
      : "The Stripe account does not have it. Check that the key belongs to the account in which it was made.";
  }
  if (call === "billing_portal.sessions.create") {
    return "Set up the customer portal in Stripe's dashboard (Settings, Billing, Customer portal).";
  }
  return LOOK_UP;
}
