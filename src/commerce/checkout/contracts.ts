import type { WriteContract } from "../../kernel/write-contract.ts";
import { ROUTES } from "../routes.ts";

export const keptOfACheckout = [
  "idempotency_key",
  "owner_user_id",
  "buyer_user_id",
  "buyer_email",
  "stripe_checkout_session_id",
  "stripe_payment_intent_id",
  "stripe_subscription_id",
  "success_url",
  "cancel_url",
  "audit_correlation_id",
  "agent_client_id",
  "metadata_json",
] as const;

/** Starts a publisher-offer checkout, in the sandbox. */
export const checkoutContract = {
  write: "start_checkout",
  route: ROUTES.checkout,
  tables: ["checkout_intents", "checkout_intent_lines", "checkout_links"],
  eligibleStatuses: [],
  serverPrivateFields: keptOfACheckout,
  checkoutKind: "sandbox_checkout",
  stripeMode: "sandbox",
  /** Whether the write exists; the published flags say so. */
  createsStripeCheckoutSession: true,
  supportsConstrainedOrderBump: true,
  grantsSandboxEntitlementsFromPaidWebhook: true,
  supportsReferralAttributionEvidence: true,
  supportsPostPurchaseDecisionEvidence: true,
  liveModeEnabled: false,
} as const satisfies WriteContract & Record<string, unknown>;

/** Ends an open checkout before it is paid. */
export const expireCheckoutContract = {
  write: "expire_checkout",
  route: ROUTES.checkoutExpire,
  tables: ["checkout_intents"],
  eligibleStatuses: ["open"],
  serverPrivateFields: keptOfACheckout,
} as const satisfies WriteContract;
