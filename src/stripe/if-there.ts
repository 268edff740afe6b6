import Stripe from "stripe";

/** The answer to a read; undefined where Stripe has no such object. Throws the error of every other failure. */
export async function ifThere<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError && error.statusCode === 404) return undefined;
    throw error;
  }
}
