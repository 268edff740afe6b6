import type Stripe from "stripe";
import { plan } from "./stripe.ts";

/** A call of the sandbox: what the package publishes for it, and how the package makes it. */
export interface PublishedCall {
  /** The type of its answer. */
  answer: string;
  /** The type of its parameters. */
  parameters: string;
  /** Sends it with Stripe's own client, to an object of this id. */
  send: (stripe: Stripe, id: string) => Promise<unknown>;
  /** What `send` hands over, as Stripe's form has it. */
  sent: Record<string, string>;
}

const created = { created: { gte: 1 }, limit: 3 };
const range = { "created[gte]": "1", limit: "3" };

/** Every call of the sandbox. A route that is missing here fails the conformance test. */
export const PUBLISHED_CALLS: Record<string, PublishedCall> = {
  "POST /v1/checkout/sessions": {
    answer: "Stripe.Checkout.Session",
    parameters: "Stripe.Checkout.SessionCreateParams",
    send: (stripe) => stripe.checkout.sessions.create(plan()),
    sent: {
      mode: "subscription",
      "line_items[0][price_data][recurring][interval]": "month",
      "line_items[1][price_data][unit_amount]": "100000",
      "subscription_data[metadata][intent]": "checkout-intent-2",
    },
  },
  "GET /v1/checkout/sessions": {
    answer: "Stripe.ApiList<Stripe.Checkout.Session>",
    parameters: "Stripe.Checkout.SessionListParams",
    send: (stripe) => stripe.checkout.sessions.list({ ...created, expand: ["data.line_items"] }),
    sent: { ...range, "expand[0]": "data.line_items" },
  },
  "GET /v1/checkout/sessions/:id": {
    answer: "Stripe.Checkout.Session",
    parameters: "Stripe.Checkout.SessionRetrieveParams",
    send: (stripe, id) => stripe.checkout.sessions.retrieve(id, { expand: ["line_items", "payment_intent"] }),
    sent: { "expand[0]": "line_items", "expand[1]": "payment_intent" },
  },
  "POST /v1/checkout/sessions/:id/expire": {
    answer: "Stripe.Checkout.Session",
    parameters: "Stripe.Checkout.SessionExpireParams",
    send: (stripe, id) => stripe.checkout.sessions.expire(id),
    sent: {},
  },
  "GET /v1/checkout/sessions/:id/line_items": {
    answer: "Stripe.ApiList<Stripe.LineItem>",
    parameters: "Stripe.Checkout.SessionListLineItemsParams",
    send: (stripe, id) => stripe.checkout.sessions.listLineItems(id, { limit: 2 }),
    sent: { limit: "2" },
  },
  "GET /v1/payment_intents/:id": {
    answer: "Stripe.PaymentIntent",
    parameters: "Stripe.PaymentIntentRetrieveParams",
    send: (stripe, id) => stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] }),
    sent: { "expand[0]": "latest_charge" },
  },
  "GET /v1/charges/:id": {
    answer: "Stripe.Charge",
    parameters: "Stripe.ChargeRetrieveParams",
    send: (stripe, id) => stripe.charges.retrieve(id),
    sent: {},
  },
  "GET /v1/charges": {
    answer: "Stripe.ApiList<Stripe.Charge>",
    parameters: "Stripe.ChargeListParams",
    send: (stripe) => stripe.charges.list(created),
    sent: range,
  },
  "POST /v1/refunds": {
    answer: "Stripe.Refund",
    parameters: "Stripe.RefundCreateParams",
    send: (stripe, id) => stripe.refunds.create({ payment_intent: id, amount: 100, metadata: { a: "1" } }),
    sent: { amount: "100", "metadata[a]": "1" },
  },
  "GET /v1/refunds": {
    answer: "Stripe.ApiList<Stripe.Refund>",
    parameters: "Stripe.RefundListParams",
    send: (stripe) => stripe.refunds.list(created),
    sent: range,
  },
  "GET /v1/refunds/:id": {
    answer: "Stripe.Refund",
    parameters: "Stripe.RefundRetrieveParams",
    send: (stripe, id) => stripe.refunds.retrieve(id),
    sent: {},
  },
  "GET /v1/disputes/:id": {
    answer: "Stripe.Dispute",
    parameters: "Stripe.DisputeRetrieveParams",
    send: (stripe, id) => stripe.disputes.retrieve(id),
    sent: {},
  },
  "GET /v1/disputes": {
    answer: "Stripe.ApiList<Stripe.Dispute>",
    parameters: "Stripe.DisputeListParams",
    send: (stripe) => stripe.disputes.list(created),
    sent: range,
  },
  "GET /v1/customers/:id": {
    answer: "Stripe.Customer",
    parameters: "Stripe.CustomerRetrieveParams",
    send: (stripe, id) => stripe.customers.retrieve(id),
    sent: {},
  },
  "GET /v1/customers": {
    answer: "Stripe.ApiList<Stripe.Customer>",
    parameters: "Stripe.CustomerListParams",
    send: (stripe) => stripe.customers.list({ ...created, email: "buyer@example.com" }),
    sent: { ...range, email: "buyer@example.com" },
  },
  "GET /v1/subscriptions": {
    answer: "Stripe.ApiList<Stripe.Subscription>",
    parameters: "Stripe.SubscriptionListParams",
    send: (stripe) => stripe.subscriptions.list({ ...created, status: "all" }),
    sent: { ...range, status: "all" },
  },
  "GET /v1/subscriptions/:id": {
    answer: "Stripe.Subscription",
    parameters: "Stripe.SubscriptionRetrieveParams",
    send: (stripe, id) => stripe.subscriptions.retrieve(id, { expand: ["latest_invoice"] }),
    sent: { "expand[0]": "latest_invoice" },
  },
  "POST /v1/subscriptions/:id": {
    answer: "Stripe.Subscription",
    parameters: "Stripe.SubscriptionUpdateParams",
    send: (stripe, id) => stripe.subscriptions.update(id, { cancel_at_period_end: true, pause_collection: "" }),
    sent: { cancel_at_period_end: "true", pause_collection: "" },
  },
  "DELETE /v1/subscriptions/:id": {
    answer: "Stripe.Subscription",
    parameters: "Stripe.SubscriptionCancelParams",
    send: (stripe, id) => stripe.subscriptions.cancel(id, { cancellation_details: { feedback: "unused" } }),
    sent: { "cancellation_details[feedback]": "unused" },
  },
  "POST /v1/subscriptions/:id/pause": {
    answer: "Stripe.Subscription",
    parameters: "Stripe.SubscriptionPauseParams",
    send: (stripe, id) => stripe.subscriptions.pause(id),
    sent: {},
  },
  "POST /v1/subscriptions/:id/resume": {
    answer: "Stripe.Subscription",
    parameters: "Stripe.SubscriptionResumeParams",
    send: (stripe, id) => stripe.subscriptions.resume(id, { billing_cycle_anchor: { type: "unchanged" } }),
    sent: { "billing_cycle_anchor[type]": "unchanged" },
  },
  "GET /v1/invoices": {
    answer: "Stripe.ApiList<Stripe.Invoice>",
    parameters: "Stripe.InvoiceListParams",
    send: (stripe) => stripe.invoices.list(created),
    sent: range,
  },
  "GET /v1/invoices/:id": {
    answer: "Stripe.Invoice",
    parameters: "Stripe.InvoiceRetrieveParams",
    send: (stripe, id) => stripe.invoices.retrieve(id),
    sent: {},
  },
  "GET /v1/invoices/:id/lines": {
    answer: "Stripe.ApiList<Stripe.InvoiceLineItem>",
    parameters: "Stripe.InvoiceListLineItemsParams",
    send: (stripe, id) => stripe.invoices.listLineItems(id, { limit: 2 }),
    sent: { limit: "2" },
  },
  "GET /v1/prices/:id": {
    answer: "Stripe.Price",
    parameters: "Stripe.PriceRetrieveParams",
    send: (stripe, id) => stripe.prices.retrieve(id, { expand: ["currency_options", "tiers"] }),
    sent: { "expand[0]": "currency_options", "expand[1]": "tiers" },
  },
  "GET /v1/invoice_payments": {
    answer: "Stripe.ApiList<Stripe.InvoicePayment>",
    parameters: "Stripe.InvoicePaymentListParams",
    send: (stripe, id) => stripe.invoicePayments.list({ payment: { type: "payment_intent", payment_intent: id } }),
    sent: { "payment[type]": "payment_intent" },
  },
  "GET /v1/invoice_payments/:id": {
    answer: "Stripe.InvoicePayment",
    parameters: "Stripe.InvoicePaymentRetrieveParams",
    send: (stripe, id) => stripe.invoicePayments.retrieve(id),
    sent: {},
  },
  "POST /v1/billing_portal/sessions": {
    answer: "Stripe.BillingPortal.Session",
    parameters: "Stripe.BillingPortal.SessionCreateParams",
    send: (stripe, id) =>
      stripe.billingPortal.sessions.create({ customer: id, return_url: "https://shop.test/account" }),
    sent: { return_url: "https://shop.test/account" },
  },
  "GET /v1/events": {
    answer: "Stripe.ApiList<Stripe.Event>",
    parameters: "Stripe.EventListParams",
    send: (stripe) => stripe.events.list({ ...created, types: ["charge.refunded"] }),
    sent: { ...range, "types[0]": "charge.refunded" },
  },
  "GET /v1/events/:id": {
    answer: "Stripe.Event",
    parameters: "Stripe.EventRetrieveParams",
    send: (stripe, id) => stripe.events.retrieve(id),
    sent: {},
  },
};
