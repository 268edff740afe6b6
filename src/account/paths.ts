import { ROUTES } from "../commerce/routes.ts";

/** The page of one signed confirmation of a person's. */
export const confirmationPath = (operationId: string): string =>
  `${ROUTES.accountConfirmations}/${encodeURIComponent(operationId)}`;

/** Where its person downloads what a passkey signed. */
export const assertionPath = (operationId: string): string =>
  `/account/receipts/${encodeURIComponent(operationId)}/assertion`;
