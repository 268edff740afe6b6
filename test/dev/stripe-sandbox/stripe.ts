import Stripe from "stripe";
import { SECRET_KEY } from "./start.ts";

/** Stripe's own client, pointed at a sandbox; it repeats nothing by itself. */
export function stripeAt(url: URL, key = SECRET_KEY): Stripe {
  return new Stripe(key, {
    host: url.hostname,
    port: Number(url.port),
    protocol: "http",
    maxNetworkRetries: 0,
    timeout: 60_000,
    telemetry: false,
  });
}

/** The parameters of a plain purchase of 9.00 USD. */
export function purchase(more: Stripe.Checkout.SessionCreateParams = {}): Stripe.Checkout.SessionCreateParams {
  return {
    mode: "payment",
    line_items: [
      {
        quantity: 1,
        price_data: { currency: "usd", unit_amount: 900, product_data: { name: "Launch <pass> & more" } },
      },
    ],
    success_url: "https://shop.test/success/secret?session={CHECKOUT_SESSION_ID}",
    cancel_url: "https://shop.test/cancel/token",
    client_reference_id: "checkout-intent-1",
    metadata: { intent: "checkout-intent-1" },
    payment_intent_data: { metadata: { intent: "checkout-intent-1" } },
    ...more,
  };
}

/** The error that a call ends in; fails when it does not. */
export async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error("The call was expected to be refused.");
}

/** The parameters of a monthly plan of 197.00 USD, with a setup of 1000.00 USD that is paid once. */
export function plan(more: Stripe.Checkout.SessionCreateParams = {}): Stripe.Checkout.SessionCreateParams {
  return {
    mode: "subscription",
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: "usd",
          unit_amount: 19_700,
          recurring: { interval: "month" },
          product_data: { name: "Grow" },
        },
      },
      {
        quantity: 1,
        price_data: { currency: "usd", unit_amount: 100_000, product_data: { name: "White-glove setup" } },
      },
    ],
    success_url: "https://shop.test/pricing/success/secret",
    client_reference_id: "checkout-intent-2",
    subscription_data: { metadata: { intent: "checkout-intent-2" } },
    ...more,
  };
}
