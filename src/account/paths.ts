import { ROUTES } from "../commerce/routes.ts";

/** The page of one signed confirmation of a person's. */
export const confirmationPath = (operationId: string): string =>
  `${ROUTES.accountConfirmations}/${encodeURIComponent(operationId)}`;
