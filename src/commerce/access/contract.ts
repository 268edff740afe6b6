import type { WriteContract } from "../../kernel/write-contract.ts";
import { revocationText } from "../confirmation-texts.ts";
import { ROUTES } from "../routes.ts";

/** Notes that access should be removed. Removes nothing. */
export const revocationContract = {
  write: "record_revocation_intent",
  route: ROUTES.revocationIntents,
  tables: ["product_entitlement_revocation_intents"],
  eligibleStatuses: ["active", "inactive"],
  confirmation: revocationText,
  recordedStatus: "revocation_intent_recorded",
  withdrawnStatus: "revocation_intent_withdrawn",
  intentKind: "owner_confirmed_dry_run",
  /** The policy columns of each recorded intent. They are not published. */
  policies: {
    revocationPolicy: "The owner notes that access should be removed. Nothing is removed.",
    staleStatePolicy: "The entitlement must still be as it was when the owner confirmed.",
    auditCorrelationPolicy: "Every recorded intent has an audit event with its correlation id.",
  },
  serverPrivateFields: [
    "target_entitlement_id",
    "idempotency_key",
    "actor_user_id",
    "actor_email_hash",
    "confirmation_text_sha256",
    "private_reason_sha256",
    "metadata_json",
  ],
} as const satisfies WriteContract & Record<string, unknown>;
