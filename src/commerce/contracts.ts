import { attributionContract, evidenceContract, reviewContract } from "./affiliate-contracts.ts";
import { checkoutContract, expireCheckoutContract, planCheckoutContract } from "./checkout-contracts.ts";
import { decisionContract } from "./decision-contract.ts";
import { revocationContract, uploadContract } from "./product-contracts.ts";
import type { WriteContract } from "./write-contract.ts";

export * from "./affiliate-contracts.ts";
export * from "./checkout-contracts.ts";
export * from "./decision-contract.ts";
export * from "./product-contracts.ts";
export type { WriteContract } from "./write-contract.ts";

/** Every published contract, in the order of the tools. The attribution is part of starting a checkout. */
export const WRITE_CONTRACTS: readonly WriteContract[] = [
  checkoutContract,
  attributionContract,
  planCheckoutContract,
  expireCheckoutContract,
  decisionContract,
  evidenceContract,
  reviewContract,
  revocationContract,
  uploadContract,
];
