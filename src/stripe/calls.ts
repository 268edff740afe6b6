import type { StripeCall } from "../db/schema/vocabulary.ts";

/** The method and path of each call that this server makes, with `:id` for an id. */
export const ROUTE_OF_CALL: Readonly<Record<Exclude<StripeCall, "other">, string>> = {
  "checkout.sessions.create": "POST /v1/checkout/sessions",
  "checkout.sessions.expire": "POST /v1/checkout/sessions/:id/expire",
  "checkout.sessions.retrieve": "GET /v1/checkout/sessions/:id",
  "checkout.sessions.list": "GET /v1/checkout/sessions",
  "subscriptions.retrieve": "GET /v1/subscriptions/:id",
  "invoices.retrieve": "GET /v1/invoices/:id",
  "invoices.list": "GET /v1/invoices",
  "invoices.list_line_items": "GET /v1/invoices/:id/lines",
  "invoice_payments.retrieve": "GET /v1/invoice_payments/:id",
  "invoice_payments.list": "GET /v1/invoice_payments",
  "payment_intents.retrieve": "GET /v1/payment_intents/:id",
  "charges.retrieve": "GET /v1/charges/:id",
  "refunds.retrieve": "GET /v1/refunds/:id",
  "refunds.list": "GET /v1/refunds",
  "disputes.retrieve": "GET /v1/disputes/:id",
  "disputes.list": "GET /v1/disputes",
  "events.list": "GET /v1/events",
  "events.retrieve": "GET /v1/events/:id",
  "prices.retrieve": "GET /v1/prices/:id",
  "billing_portal.sessions.create": "POST /v1/billing_portal/sessions",
};

const KNOWN = Object.entries(ROUTE_OF_CALL).map(([call, route]) => {
  const pattern = route.replaceAll(".", "\\.").replace(":id", "[^/]+");
  return [call as StripeCall, new RegExp(`^${pattern}$`)] as const;
});

/** The call of a request; `other` for one that is missing above. */
export function callOf(method: string, path: string): StripeCall {
  return KNOWN.find(([, pattern]) => pattern.test(`${method} ${path}`))?.[0] ?? "other";
}
