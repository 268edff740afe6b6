import type Stripe from "stripe";
import type { Account } from "./account.ts";
import { charges } from "./charges.ts";
import { seconds } from "./clock.ts";
import { collection } from "./collection.ts";
import { newId } from "./ids.ts";
import { expandable, text } from "./parameters.ts";
import { presentedAmount } from "./presentment.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";

/** The invoice that a payment pays; null for the payment of a session. Only older API versions show it. */
export interface OfInvoice {
  invoice: string | null;
}

/** All stored payment intents. */
export const paymentIntents = collection<Stripe.PaymentIntent, OfInvoice>("payment_intent", "payment_intents");

/** The results of an attempt to pay. */
export type AttemptResult = "succeeded" | "processing" | "declined" | "action_required";

/** A payment intent before its first attempt. Stripe creates it at the buyer's first attempt, not with the session. */
export function newPaymentIntent(
  sandbox: Sandbox,
  of: {
    amount: number;
    currency: string;
    metadata: Record<string, string>;
    customer?: string | null;
    description?: string | undefined;
    managed: boolean;
    presented: Account["adaptivePricingDefault"];
  },
): Stripe.PaymentIntent {
  const id = newId("pi");
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount: of.amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: null,
    confirmation_method: "automatic",
    created: seconds(sandbox.now),
    currency: of.currency,
    customer: of.customer ?? null,
    customer_account: null,
    description: of.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: sandbox.livemode,
    managed_payments: of.managed ? { enabled: true } : null,
    metadata: of.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card"],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_data: null,
    transfer_group: null,
    ...(of.presented === null ? {} : { presentment_details: presentedAmount(of.amount, of.presented) }),
  } satisfies Stripe.PaymentIntent;
}

/** The payment intent after an attempt. */
export function afterAttempt(intent: Stripe.PaymentIntent, result: AttemptResult): Stripe.PaymentIntent {
  switch (result) {
    case "succeeded":
      return {
        ...intent,
        status: "succeeded",
        amount_received: intent.amount,
        last_payment_error: null,
        next_action: null,
      };
    case "processing":
      return { ...intent, status: "processing", last_payment_error: null };
    case "declined":
      return { ...intent, status: "requires_payment_method", last_payment_error: decline() };
    case "action_required":
      return { ...intent, status: "requires_action", next_action: { type: "use_stripe_sdk", use_stripe_sdk: {} } };
  }
}

/** The type of the event that reports an attempt. */
export const ATTEMPT_EVENTS = {
  succeeded: "payment_intent.succeeded",
  processing: "payment_intent.processing",
  declined: "payment_intent.payment_failed",
  action_required: "payment_intent.requires_action",
} as const satisfies Record<AttemptResult, Stripe.Event.Type>;

const retrievePaymentIntent = route(
  "GET /v1/payment_intents/:id",
  { expand: expandable("latest_charge"), client_secret: text() },
  async (sandbox, { id, parameters }) => {
    const { body } = await paymentIntents.require(sandbox, id, "intent");
    if (!parameters.expand?.includes("latest_charge") || typeof body.latest_charge !== "string") return { body };
    return { body: { ...body, latest_charge: (await charges.require(sandbox, body.latest_charge, "charge")).body } };
  },
);

/** The calls of this resource. */
export const paymentIntentRoutes = [retrievePaymentIntent];

function decline(): Stripe.PaymentIntent.LastPaymentError {
  return {
    type: "card_error",
    code: "card_declined",
    decline_code: "generic_decline",
    doc_url: "https://stripe.com/docs/error-codes/card-declined",
    message: "Your card was declined.",
  };
}
