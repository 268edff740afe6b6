import type { WriteContract } from "../../kernel/write-contract.ts";
import { uploadText } from "../confirmation-texts.ts";
import { ROUTES } from "../routes.ts";

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
  serverPrivateFields: [
    "idempotency_key",
    "actor_user_id",
    "actor_email_hash",
    "r2_object_key",
    "confirmation_text_sha256",
    "metadata_json",
  ],
} as const satisfies WriteContract & Record<string, unknown>;
