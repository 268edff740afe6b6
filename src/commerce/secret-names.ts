/** The Stripe keys and secrets a deployment can have, in their published order. Names only, never values. */
export const STRIPE_SECRET_NAMES = [
  "STRIPE_SECRET_KEY_SANDBOX",
  "STRIPE_SECRET_KEY_LIVE",
  "STRIPE_PUBLIC_KEY_SANDBOX",
  "STRIPE_PUBLIC_KEY_LIVE",
  "STRIPE_WEBHOOK_SECRET_SANDBOX",
  "STRIPE_WEBHOOK_SECRET_LIVE",
] as const;
