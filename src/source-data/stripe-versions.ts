import Stripe from "stripe";

/** Which Stripe package runs, and which API version it speaks. Nothing is asked over the network. */
export interface StripeVersions {
  readonly stripeNodeVersion: string;
  readonly stripeApiVersion: string;
}

export const runningStripe: StripeVersions = {
  stripeNodeVersion: Stripe.PACKAGE_VERSION,
  stripeApiVersion: Stripe.API_VERSION,
};
