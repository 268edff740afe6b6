import type { ConfirmedWrite } from "../src/kernel/confirmed-write.ts";
import type { ReadTool } from "../src/kernel/read-tool.ts";
import { createCommissionEvidence } from "./create-commission-evidence.ts";
import { expireCheckout } from "./expire-checkout.ts";
import { getOperation } from "./get-operation.ts";
import { readCommerce } from "./read-commerce.ts";
import { recordPostPurchaseDecision } from "./record-post-purchase-decision.ts";
import { recordRevocationIntent } from "./record-revocation-intent.ts";
import { reviewCommissionEvidence } from "./review-commission-evidence.ts";
import { startCheckout } from "./start-checkout.ts";
import { startPlanCheckout } from "./start-plan-checkout.ts";
import { uploadProductAsset } from "./upload-product-asset.ts";

/** Every write that an agent can ask for. */
export const writes: readonly ConfirmedWrite[] = [
  startCheckout,
  startPlanCheckout,
  expireCheckout,
  recordPostPurchaseDecision,
  createCommissionEvidence,
  reviewCommissionEvidence,
  recordRevocationIntent,
  uploadProductAsset,
];

/** Every tool that only reads. */
export const readTools: readonly ReadTool[] = [getOperation, readCommerce];
