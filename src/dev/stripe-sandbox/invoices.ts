import type Stripe from "stripe";
import type { Account } from "./account.ts";
import { seconds } from "./clock.ts";
import { collection, listOf, pageOf, type Stored, whereBody } from "./collection.ts";
import { newId } from "./ids.ts";
import type { WireInvoiceLine } from "./invoice-lines.ts";
import { choice, expandable, notSimulated, pagination, type Reader, range, text } from "./parameters.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Period } from "./subscription-items.ts";
import type { WireSubscription } from "./subscriptions.ts";

/** An invoice as JSON. */
export interface WireInvoice extends Omit<Stripe.Invoice, "lines"> {
  lines: ReturnType<typeof listOf<WireInvoiceLine>>;
}

/** The fields of an invoice that the API does not show. */
interface InvoiceHidden {
  /** The id of its payment; null when nothing was due. */
  payment: string | null;
  /** True where Stripe sells as merchant of record. */
  managed: boolean;
  /** The currency in which its buyer pays, where that is another one. */
  presented: Account["adaptivePricingDefault"];
}

/** An invoice as it was read. */
export type StoredInvoice = Stored<WireInvoice, InvoiceHidden>;

/** An invoice that is not stored yet. */
export type FreshInvoice = Pick<StoredInvoice, "body" | "hidden">;

/** All stored invoices. */
export const invoices = collection<WireInvoice, InvoiceHidden>("invoice", "invoices");

const EMBEDDED = 10;

/** A new invoice id. The lines of an invoice carry it, so it exists before they do. */
export const newInvoiceId = () => newId("in");

/** A finalized invoice of a subscription, before the first attempt to collect it. */
export function newInvoice(
  sandbox: Sandbox,
  of: {
    id: string;
    subscription: WireSubscription;
    reason: "subscription_create" | "subscription_cycle" | "subscription_update";
    lines: WireInvoiceLine[];
    period: Period;
    email: string;
    presented: Account["adaptivePricingDefault"];
    /** Its number among the invoices of the subscription, from 1. */
    count: number;
  },
): FreshInvoice {
  const created = seconds(sandbox.now);
  const { subscription } = of;
  const { subtotal, included, total, taxes } = totals(of.lines);
  const taxed = subscription.automatic_tax.enabled;
  const body = {
    id: of.id,
    object: "invoice",
    account_country: "US",
    account_name: "Sandbox",
    account_tax_ids: null,
    amount_due: total,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: total,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: {
      disabled_reason: null,
      enabled: taxed,
      liability: subscription.automatic_tax.liability,
      provider: taxed ? "stripe" : null,
      status: taxed ? "complete" : null,
    },
    automatically_finalizes_at: null,
    billing_reason: of.reason,
    collection_method: "charge_automatically",
    created,
    currency: subscription.currency,
    custom_fields: null,
    customer: subscription.customer,
    customer_account: null,
    customer_address: null,
    customer_email: of.email,
    customer_name: null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: "none",
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: created,
    ending_balance: 0,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: `${sandbox.env.PUBLIC_URL}/i/${newId("inv")}`,
    invoice_pdf: null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    lines: listOf(`/v1/invoices/${of.id}/lines`, of.lines, false),
    livemode: sandbox.livemode,
    metadata: {},
    next_payment_attempt: null,
    number: `${subscription.id.slice(-8).toUpperCase()}-${String(of.count).padStart(4, "0")}`,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: "subscription_details",
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: of.period.end,
    period_start: of.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: "open",
    status_transitions: { finalized_at: created, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal,
    subtotal_excluding_tax: subtotal - included,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: subtotal - included,
    total_pretax_credit_amounts: [],
    total_taxes: taxes,
    webhooks_delivered_at: created,
  } satisfies WireInvoice;
  const managed = subscription.managed_payments?.enabled === true;
  return { body, hidden: { payment: null, managed, presented: of.presented } };
}

/** The sums of an invoice: added tax is on top of the lines, included tax is a part of them. */
function totals(lines: readonly WireInvoiceLine[]) {
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const taxes: Stripe.Invoice.TotalTax[] = [];
  for (const tax of lines.flatMap((line) => line.taxes ?? [])) {
    const same = taxes.find(({ tax_behavior }) => tax_behavior === tax.tax_behavior);
    if (same === undefined) taxes.push({ ...tax });
    else {
      same.amount += tax.amount;
      same.taxable_amount = (same.taxable_amount ?? 0) + (tax.taxable_amount ?? 0);
    }
  }
  const amountOf = (behavior: string) => taxes.find(({ tax_behavior }) => tax_behavior === behavior)?.amount ?? 0;
  return { subtotal, taxes, included: amountOf("inclusive"), total: subtotal + amountOf("exclusive") };
}

/** An invoice as answers and events show it: a list inside an object has its first ten items. */
export function shownInvoice(invoice: WireInvoice): WireInvoice {
  const { data } = invoice.lines;
  return { ...invoice, lines: { ...invoice.lines, data: data.slice(0, EMBEDDED), has_more: data.length > EMBEDDED } };
}

const retrieveInvoice = route("GET /v1/invoices/:id", { expand: expandable() }, async (sandbox, { id }) => {
  return { body: shownInvoice((await invoices.require(sandbox, id, "invoice")).body) };
});

const listInvoices = route(
  "GET /v1/invoices",
  {
    ...pagination,
    collection_method: choice(["charge_automatically", "send_invoice"]),
    created: range(),
    customer: text(),
    customer_account: notSimulated(),
    due_date: notSimulated(),
    expand: expandable(),
    status: choice(["draft", "open", "paid", "uncollectible", "void"]),
    subscription: text(),
  } satisfies Record<keyof Stripe.InvoiceListParams, Reader<unknown>>,
  async (sandbox, { parameters }) => {
    const filters = [
      ...whereBody("collection_method", parameters.collection_method),
      ...whereBody("customer", parameters.customer),
      ...whereBody("status", parameters.status),
      ...whereBody("parent.subscription_details.subscription", parameters.subscription),
    ];
    const { items, hasMore, url } = await invoices.page(sandbox, parameters, filters);
    return {
      body: listOf(
        url,
        items.map(({ body }) => shownInvoice(body)),
        hasMore,
      ),
    };
  },
);

const listLines = route(
  "GET /v1/invoices/:id/lines",
  { ...pagination, expand: expandable() } satisfies Record<keyof Stripe.InvoiceListLineItemsParams, Reader<unknown>>,
  async (sandbox, { id, parameters }) => {
    const { lines } = (await invoices.require(sandbox, id, "invoice")).body;
    return { body: pageOf(lines.url, lines.data, parameters) };
  },
);

/** The calls of this resource. */
export const invoiceRoutes = [listInvoices, retrieveInvoice, listLines];
