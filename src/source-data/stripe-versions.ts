import Stripe from "stripe";

/** The version of the running Stripe package and its API version. */
export interface StripeVersions {
  readonly stripeNodeVersion: string;
  readonly stripeApiVersion: string;
}

/** The versions as the package declares them, without a request to Stripe. */
export const runningStripe: StripeVersions = {
  stripeNodeVersion: Stripe.PACKAGE_VERSION,
  stripeApiVersion: Stripe.API_VERSION,
};
