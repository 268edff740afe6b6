import type { WriteContract } from "../../kernel/write-contract.ts";
import { ROUTES } from "../routes.ts";

/** The columns of `checkout_intents` that the published contracts list as private. */
export const checkoutPrivateFields = [
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

/** Starts a publisher-offer checkout, in the mode of the data, bounded by the deployment. */
export const checkoutContract = {
  write: "start_checkout",
  route: ROUTES.checkout,
  tables: ["checkout_intents", "checkout_intent_lines", "checkout_links"],
  eligibleStatuses: [],
  serverPrivateFields: checkoutPrivateFields,
  /** The published flags: which of these this server does. */
  createsStripeCheckoutSession: true,
  supportsConstrainedOrderBump: true,
  grantsEntitlementsFromPaidWebhook: true,
  supportsReferralAttributionEvidence: true,
  supportsPostPurchaseDecisionEvidence: true,
} as const satisfies WriteContract & Record<string, unknown>;

/** Ends an open checkout before it is paid. */
export const expireCheckoutContract = {
  write: "expire_checkout",
  route: ROUTES.checkoutExpire,
  tables: ["checkout_intents"],
  eligibleStatuses: ["open"],
  serverPrivateFields: checkoutPrivateFields,
} as const satisfies WriteContract;
