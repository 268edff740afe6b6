import type { DECISION_KINDS, OFFER_ROLES } from "../../db/schema/vocabulary.ts";
import type { WriteContract } from "../../kernel/write-contract.ts";
import { decisionText } from "../confirmation-texts.ts";
import { ROUTES } from "../routes.ts";

type DecisionKind = (typeof DECISION_KINDS)[number];
type OfferRole = (typeof OFFER_ROLES)[number];

/** An answer that a buyer can give to an offer of `role`. */
interface AllowedDecision {
  readonly decisionKind: DecisionKind;
  readonly role: OfferRole;
  /** The answer that must come before; null where this one can be the first. */
  readonly after: DecisionKind | null;
  /** No answer moves money. */
  readonly billingMutationCreated: false;
}

/** Stores what a buyer answered to an upsell or downsell. Charges nothing and grants nothing. */
export const decisionContract = {
  id: "post-purchase-decision-contract",
  status: "non-billing-decision-ready",
  write: "record_post_purchase_decision",
  route: ROUTES.decisions,
  tables: ["checkout_post_purchase_decisions"],
  eligibleStatuses: ["paid", "completed"],
  confirmation: decisionText,
  allowedDecisions: [
    { decisionKind: "accept_upsell_follow_up", role: "upsell", after: null, billingMutationCreated: false },
    { decisionKind: "decline_upsell", role: "upsell", after: null, billingMutationCreated: false },
    {
      decisionKind: "accept_downsell_follow_up",
      role: "downsell",
      after: "decline_upsell",
      billingMutationCreated: false,
    },
    { decisionKind: "decline_downsell", role: "downsell", after: "decline_upsell", billingMutationCreated: false },
  ],
  serverPrivateFields: [
    "idempotency_key",
    "audit_correlation_id",
    "raw Stripe identifiers",
    "buyer email",
    "payment method",
    "private checkout metadata",
  ],
} as const satisfies WriteContract & { allowedDecisions: readonly AllowedDecision[] } & Record<string, unknown>;
