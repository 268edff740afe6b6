import type { WriteContract } from "../../kernel/write-contract.ts";
import { checkoutPrivateFields } from "../checkout/contracts.ts";
import { ROUTES } from "../routes.ts";

/** Starts a plan checkout, in the mode of the data, bounded by the deployment. */
export const planCheckoutContract = {
  write: "start_plan_checkout",
  route: ROUTES.planCheckout,
  tables: ["checkout_intents", "checkout_intent_lines", "checkout_links"],
  eligibleStatuses: ["self_serve"],
  serverPrivateFields: checkoutPrivateFields,
  checkoutKind: "self_serve_subscription",
} as const satisfies WriteContract & Record<string, unknown>;
