import type Stripe from "stripe";
import { type Change, together } from "./change.ts";
import { seconds } from "./clock.ts";
import { eventOf } from "./events.ts";
import { invoicePayments, newInvoicePayment, paidInvoicePayment } from "./invoice-payments.ts";
import { type FreshInvoice, invoices, type StoredInvoice, shownInvoice, type WireInvoice } from "./invoices.ts";
import { type AttemptResult, newPaymentIntent, paymentIntents } from "./payment-intents.ts";
import { paymentAttempted } from "./payments.ts";
import type { Sandbox } from "./sandbox.ts";

const DAY = 24 * 60 * 60;
/** Days until the next attempt after the first, second and third failed one; a fourth failure ends the retries. */
const RETRY_DAYS = [3, 5, 7];

/** An invoice after an attempt to collect it. */
export interface Collected {
  invoice: WireInvoice;
  change: Change;
}

/** The first attempt to collect an invoice, new or formerly a `draft`. An invoice over 0 is paid without a payment. */
export async function collectFirst(
  sandbox: Sandbox,
  { body: fresh, hidden }: FreshInvoice,
  result: AttemptResult,
  draft?: StoredInvoice,
): Promise<Collected> {
  const write = (invoice: WireInvoice, payment: string | null) =>
    draft
      ? invoices.replace(sandbox, draft, invoice, { ...hidden, payment })
      : invoices.insert(sandbox, invoice, { ...hidden, payment });
  if (fresh.total === 0) {
    const invoice = paid(sandbox, fresh);
    const writes = write(invoice, null);
    return { invoice, change: { writes, events: [eventOf(sandbox, "invoice.paid", shownInvoice(invoice))] } };
  }
  const intent = newPaymentIntent(sandbox, {
    amount: fresh.amount_due,
    currency: fresh.currency,
    metadata: {},
    customer: typeof fresh.customer === "string" ? fresh.customer : null,
    description: fresh.billing_reason === "subscription_create" ? "Subscription creation" : "Subscription update",
    managed: hidden.managed,
    presented: hidden.presented,
  });
  const payment = newInvoicePayment(sandbox, fresh, intent.id);
  const attempt = await paymentAttempted(sandbox, { fresh: intent }, result, fresh.customer_email, fresh.id);
  const after = result === "succeeded" ? paidInvoicePayment(sandbox, payment) : payment;
  const invoice = afterAttempt(sandbox, fresh, result);
  return {
    invoice,
    change: together(
      {
        writes: [...write(invoice, payment.id), ...invoicePayments.insert(sandbox, after, null)],
        events: invoiceEvents(sandbox, invoice, after, result),
      },
      attempt.change,
    ),
  };
}

/** Collects an open invoice again, with the same payment intent; a draft is finalized and collected for the first time. */
export async function collectAgain(sandbox: Sandbox, stored: StoredInvoice, result: AttemptResult): Promise<Collected> {
  if (stored.body.status === "draft") {
    return collectFirst(sandbox, { ...stored, body: finalized(sandbox, stored.body) }, result, stored);
  }
  const payment = await invoicePayments.require(sandbox, stored.hidden.payment ?? "", "invoice_payment");
  const intentId = String(payment.body.payment.payment_intent);
  const intent = await paymentIntents.require(sandbox, intentId, "payment_intent");
  const attempt = await paymentAttempted(
    sandbox,
    { stored: intent },
    result,
    stored.body.customer_email,
    stored.body.id,
  );
  const after = result === "succeeded" ? paidInvoicePayment(sandbox, payment.body) : payment.body;
  const invoice = afterAttempt(sandbox, stored.body, result);
  return {
    invoice,
    change: together(
      {
        writes: [
          ...invoices.replace(sandbox, stored, invoice),
          ...(result === "succeeded" ? invoicePayments.replace(sandbox, payment, after) : []),
        ],
        events: invoiceEvents(sandbox, invoice, after, result),
      },
      attempt.change,
    ),
  };
}

/** An invoice during paused collection: it is a draft, void or uncollectible, and no payment is attempted. */
export function leaveUncollected(sandbox: Sandbox, { body: fresh, hidden }: FreshInvoice, behavior: string): Collected {
  const at = seconds(sandbox.now);
  const transitions = { ...fresh.status_transitions };
  const invoice: WireInvoice = {
    ...fresh,
    auto_advance: false,
    ...(behavior === "keep_as_draft"
      ? {
          status: "draft",
          number: null,
          effective_at: null,
          status_transitions: { ...transitions, finalized_at: null },
        }
      : behavior === "void"
        ? { status: "void", status_transitions: { ...transitions, voided_at: at } }
        : { status: "uncollectible", status_transitions: { ...transitions, marked_uncollectible_at: at } }),
  };
  return { invoice, change: { writes: invoices.insert(sandbox, invoice, hidden), events: [] } };
}

function finalized(sandbox: Sandbox, draft: WireInvoice): WireInvoice {
  const at = seconds(sandbox.now);
  return {
    ...draft,
    status: "open",
    auto_advance: true,
    number: `${draft.id.slice(-8).toUpperCase()}-0001`,
    effective_at: at,
    status_transitions: { ...draft.status_transitions, finalized_at: at },
  };
}

function afterAttempt(sandbox: Sandbox, invoice: WireInvoice, result: AttemptResult): WireInvoice {
  const tried = { ...invoice, attempted: true, attempt_count: invoice.attempt_count + 1 };
  if (result === "succeeded") return paid(sandbox, tried);
  if (result === "processing") return tried;
  const days = RETRY_DAYS[tried.attempt_count - 1];
  return { ...tried, next_payment_attempt: days === undefined ? null : seconds(sandbox.now) + days * DAY };
}

function paid(sandbox: Sandbox, invoice: WireInvoice): WireInvoice {
  return {
    ...invoice,
    amount_paid: invoice.amount_due,
    amount_remaining: 0,
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status: "paid",
    status_transitions: { ...invoice.status_transitions, paid_at: seconds(sandbox.now) },
  };
}

function invoiceEvents(sandbox: Sandbox, invoice: WireInvoice, payment: Stripe.InvoicePayment, result: AttemptResult) {
  const { payment_intent: intent } = payment.payment;
  const links = { paymentIntent: typeof intent === "string" ? intent : null };
  const event = (type: Stripe.Event.Type) => eventOf(sandbox, type, shownInvoice(invoice), undefined, links);
  switch (result) {
    case "succeeded":
      return [eventOf(sandbox, "invoice_payment.paid", payment), event("invoice.paid")];
    case "processing":
      return [];
    case "declined":
      return [event("invoice.payment_failed")];
    case "action_required":
      return [event("invoice.payment_action_required"), event("invoice.payment_failed")];
  }
}
