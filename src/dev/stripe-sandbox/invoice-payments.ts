import type Stripe from "stripe";
import { seconds } from "./clock.ts";
import { collection, whereBody } from "./collection.ts";
import { newId } from "./ids.ts";
import type { WireInvoice } from "./invoices.ts";
import {
  choice,
  expandable,
  fields,
  notSimulated,
  pagination,
  type Reader,
  range,
  required,
  text,
} from "./parameters.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";

/** All stored invoice payments: each links an invoice to the payment intent that pays it. */
export const invoicePayments = collection<Stripe.InvoicePayment, null>("invoice_payment", "invoice_payments");

/** The open payment of a finalized invoice. */
export function newInvoicePayment(sandbox: Sandbox, invoice: WireInvoice, intent: string): Stripe.InvoicePayment {
  return {
    id: newId("inpay"),
    object: "invoice_payment",
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: seconds(sandbox.now),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: sandbox.livemode,
    payment: { payment_intent: intent, type: "payment_intent" },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  } satisfies Stripe.InvoicePayment;
}

/** The payment after it succeeded. */
export function paidInvoicePayment(sandbox: Sandbox, payment: Stripe.InvoicePayment): Stripe.InvoicePayment {
  return {
    ...payment,
    amount_paid: payment.amount_requested,
    status: "paid",
    status_transitions: { canceled_at: null, paid_at: seconds(sandbox.now) },
  };
}

const retrieveInvoicePayment = route(
  "GET /v1/invoice_payments/:id",
  { expand: expandable() },
  async (sandbox, { id }) => {
    return { body: (await invoicePayments.require(sandbox, id, "invoice_payment")).body };
  },
);

const listInvoicePayments = route(
  "GET /v1/invoice_payments",
  {
    ...pagination,
    created: range(),
    expand: expandable(),
    invoice: text(),
    payment: fields({
      payment_intent: text(),
      payment_record: notSimulated(),
      type: required(choice(["payment_intent"])),
    } satisfies Record<keyof Stripe.InvoicePaymentListParams.Payment, Reader<unknown>>),
    status: choice(["canceled", "open", "paid"]),
  } satisfies Record<keyof Stripe.InvoicePaymentListParams, Reader<unknown>>,
  async (sandbox, { parameters }) => {
    const filters = [
      ...whereBody("invoice", parameters.invoice),
      ...whereBody("payment.payment_intent", parameters.payment?.payment_intent),
      ...whereBody("status", parameters.status),
    ];
    return { body: await invoicePayments.list(sandbox, parameters, filters) };
  },
);

/** The calls of this resource. */
export const invoicePaymentRoutes = [listInvoicePayments, retrieveInvoicePayment];
