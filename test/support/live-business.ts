import { otherBusiness } from "./other-business.ts";

/** Settings of a deployment that may sell for real. */
export const LIVE = {
  STRIPE_MAX_MODE: "live",
  STRIPE_SECRET_KEY_LIVE: "sk_live_000000000000000000000000",
  STRIPE_WEBHOOK_SECRET_LIVE: "whsec_test_live_secret",
  // Beside a live key no other address than Stripe's is taken; here the network itself leads to the sandbox.
  STRIPE_API_BASE_URL: undefined,
};

/** The repository's business, sold for real: offers and plans are live, and its partner's clicks count for both modes. */
export const liveBusiness = () =>
  otherBusiness({
    offers: { stripeMode: () => "live" },
    affiliates: { liveAttribution: (_, { code }) => code === "LAUNCHCIRCLE" },
    "prose/contract": { notLiveYet: () => [] },
  });
