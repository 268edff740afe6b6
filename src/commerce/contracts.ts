import { revocationContract, uploadContract } from "./access/contracts.ts";
import { attributionContract, evidenceContract, reviewContract } from "./affiliates/contracts.ts";
import { checkoutContract, expireCheckoutContract, planCheckoutContract } from "./checkout/contracts.ts";
import { decisionContract } from "./checkout/decision-contract.ts";
import type { WriteContract } from "./write-contract.ts";

export * from "./access/contracts.ts";
export * from "./affiliates/contracts.ts";
export * from "./checkout/contracts.ts";
export * from "./checkout/decision-contract.ts";
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
