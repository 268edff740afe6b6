import { eventRoutes } from "./events.ts";
import { paymentIntentRoutes } from "./payment-intents.ts";
import type { Route } from "./route.ts";
import { sessionRoutes } from "./session-routes.ts";

/** Every call that the sandbox answers. A new resource is one file and one row here. */
export const routes: readonly Route[] = [
  ...sessionRoutes, //
  ...paymentIntentRoutes,
  ...eventRoutes,
];
