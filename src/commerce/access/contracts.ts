import { revocationText, uploadText } from "../confirmation-texts.ts";
import { ROUTES } from "../routes.ts";
import type { WriteContract } from "../write-contract.ts";

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
  /** What each recorded intent says of itself, in columns that are not published. */
  policies: {
    revocationPolicy: "The owner notes that access should be removed. Nothing is removed.",
    staleStatePolicy: "The entitlement must still be as it was when the owner confirmed.",
    auditCorrelationPolicy: "Every recorded intent has an audit event with its correlation id.",
  },
  publicSafeFields: [
    "id",
    "productId",
    "entitlementTemplateId",
    "accessRuleId",
    "status",
    "intentKind",
    "reasonCode",
    "destructiveActionEnabled",
    "entitlementMutationEnabled",
  ],
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

/** Stores a private file of a product. Its bytes, key and link are never shown. */
export const uploadContract = {
  write: "upload_product_asset",
  route: ROUTES.productAssets,
  tables: ["product_asset_uploads"],
  eligibleStatuses: [],
  confirmation: uploadText,
  /** Only assets of this kind hold bytes. */
  assetKind: "file",
  storedStatus: "stored_private",
  publicSafeFields: [
    "id",
    "productId",
    "assetId",
    "fileName",
    "contentType",
    "byteCount",
    "bodySha256",
    "status",
    "updatedAt",
    "uploadUrl",
    "uploadExpiresAt",
  ],
  serverPrivateFields: [
    "idempotency_key",
    "actor_user_id",
    "actor_email_hash",
    "r2_object_key",
    "confirmation_text_sha256",
    "metadata_json",
  ],
} as const satisfies WriteContract & Record<string, unknown>;
