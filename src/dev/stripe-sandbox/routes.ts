import { chargeRoutes } from "./charges.ts";
import { customerRoutes } from "./customers.ts";
import { disputeRoutes } from "./disputes.ts";
import { eventRoutes } from "./event-routes.ts";
import { invoicePaymentRoutes } from "./invoice-payments.ts";
import { invoiceRoutes } from "./invoices.ts";
import { paymentIntentRoutes } from "./payment-intents.ts";
import { portalRoutes } from "./portal-sessions.ts";
import { priceRoutes } from "./prices.ts";
import { refundRoutes } from "./refund-routes.ts";
import type { Route } from "./route.ts";
import { sessionRoutes } from "./session-routes.ts";
import { subscriptionRoutes } from "./subscription-routes.ts";

/** Every call that the sandbox answers. */
export const routes: readonly Route[] = [
  ...sessionRoutes,
  ...paymentIntentRoutes,
  ...chargeRoutes,
  ...refundRoutes,
  ...disputeRoutes,
  ...customerRoutes,
  ...subscriptionRoutes,
  ...invoiceRoutes,
  ...invoicePaymentRoutes,
  ...priceRoutes,
  ...portalRoutes,
  ...eventRoutes,
];
