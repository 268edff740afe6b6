import type { StripeMode } from "../db/schema/vocabulary.ts";

/** What people read for a Stripe mode. */
export const MODE_WORDS: Readonly<Record<StripeMode, string>> = {
  sandbox: "a test, no real money",
  live: "real money",
};
