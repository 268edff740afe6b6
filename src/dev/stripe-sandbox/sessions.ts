import type Stripe from "stripe";
import type { Account } from "./account.ts";
import { seconds } from "./clock.ts";
import { collection, type Stored } from "./collection.ts";
import { newId } from "./ids.ts";
import { newLineItem, type WireLineItem } from "./line-items.ts";
import type { Sandbox } from "./sandbox.ts";
import type { PricedLine } from "./session-lines.ts";
import type { CreateSession } from "./session-parameters.ts";
import { sessionSettings } from "./session-settings.ts";

type Session = Stripe.Checkout.Session;

/** The fields of a session that its own JSON does not show. */
interface SessionHidden {
  lineItems: WireLineItem[];
  paymentIntentMetadata: Record<string, string>;
  subscriptionMetadata: Record<string, string>;
  /** The description of the payment intent, or of the subscription. */
  description?: string | undefined;
  /** The buyer's own currency where it is offered, and its rate. */
  presented: Account["adaptivePricingDefault"];
  /** The billing mode of the subscription; the account's where the request names none. */
  billingMode: Account["billingMode"];
}

/** A session as it was read. */
export type StoredSession = Stored<Session, SessionHidden>;

/** All stored Checkout Sessions. */
export const sessions = collection<Session, SessionHidden>("checkout.session", "checkout/sessions");

/** A new session, open. */
export function newSession(
  sandbox: Sandbox,
  parameters: CreateSession,
  lines: readonly PricedLine[],
): { body: Session; hidden: SessionHidden } {
  const created = seconds(sandbox.now);
  const { livemode } = sandbox;
  const id = newId(livemode ? "cs_live" : "cs_test", 58);
  const settings = sessionSettings(parameters, lines, sandbox.account);
  const lineItems = lines.map(newLineItem);
  const total = lineItems.reduce((sum, item) => sum + item.amount_total, 0);
  const body = {
    id,
    object: "checkout.session",
    adaptive_pricing: { enabled: settings.adaptive },
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: parameters.allowed_payment_method_types ?? null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: automaticTax(settings),
    billing_address_collection: parameters.billing_address_collection ?? null,
    cancel_url: parameters.cancel_url ?? null,
    client_reference_id: parameters.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created,
    currency: lineItems[0]?.currency ?? null,
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: null,
    customer_account: null,
    customer_creation: parameters.mode === "payment" ? (parameters.customer_creation ?? "if_required") : "always",
    customer_details: parameters.customer_email === undefined ? null : customerDetails(parameters.customer_email),
    customer_email: parameters.customer_email ?? null,
    discounts: [],
    expires_at: parameters.expires_at ?? created + 24 * 60 * 60,
    integration_identifier: parameters.integration_identifier ?? null,
    invoice: null,
    invoice_creation: null,
    livemode,
    locale: parameters.locale ?? null,
    managed_payments: settings.managed ? { enabled: true } : null,
    metadata: parameters.metadata ?? {},
    mode: parameters.mode,
    origin_context: parameters.origin_context ?? null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection:
      parameters.payment_method_collection ?? (parameters.mode === "payment" ? "if_required" : "always"),
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card"],
    payment_status: total === 0 ? "no_payment_required" : "unpaid",
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: "open",
    submit_type: parameters.submit_type ?? null,
    subscription: null,
    success_url: parameters.success_url,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: "hosted_page",
    url: `${sandbox.env.PUBLIC_URL}/c/pay/${id}`,
    wallet_options: null,
  } satisfies Session;
  const hidden = {
    lineItems,
    paymentIntentMetadata: parameters.payment_intent_data?.metadata ?? {},
    subscriptionMetadata: parameters.subscription_data?.metadata ?? {},
    description: parameters.payment_intent_data?.description ?? parameters.subscription_data?.description,
    presented: settings.presented,
    billingMode: parameters.subscription_data?.billing_mode?.type ?? sandbox.account.billingMode,
  };
  return { body, hidden };
}

/** The customer details of a buyer who gave an e-mail address only. */
export function customerDetails(email: string): Stripe.Checkout.Session.CustomerDetails {
  return {
    address: null,
    business_name: null,
    email,
    individual_name: null,
    name: null,
    phone: null,
    tax_exempt: "none",
    tax_ids: null,
  };
}

/** Before the buyer gives an address no tax is calculated. With managed payments Stripe itself is liable. */
function automaticTax({
  automaticTax,
  managed,
}: Pick<ReturnType<typeof sessionSettings>, "automaticTax" | "managed">): Stripe.Checkout.Session.AutomaticTax {
  return automaticTax
    ? {
        enabled: true,
        liability: managed ? null : { type: "self" },
        provider: "stripe",
        status: "requires_location_inputs",
      }
    : { enabled: false, liability: null, provider: null, status: null };
}
