import type Stripe from "stripe";
import { type Change, together } from "./change.ts";
import { seconds } from "./clock.ts";
import { customers, newCustomer } from "./customers.ts";
import { refused } from "./errors.ts";
import { eventOf } from "./events.ts";
import { collectAgain, collectFirst } from "./invoice-collection.ts";
import { oneTimeLine, recurringLine } from "./invoice-lines.ts";
import { invoicePayments } from "./invoice-payments.ts";
import { invoices, newInvoice, newInvoiceId } from "./invoices.ts";
import { paymentIntents } from "./payment-intents.ts";
import type { Sandbox } from "./sandbox.ts";
import type { StoredSession } from "./sessions.ts";
import {
  changedSubscription,
  currentPeriod,
  insertSubscription,
  isBilled,
  newSubscription,
  subscriptions,
  type WireSubscription,
} from "./subscriptions.ts";
import { taxPercent } from "./tax.ts";

/** The ids that a completed subscription session gets. */
interface Subscribed {
  customer: string;
  subscription: string;
  invoice: string;
}

/**
 * A subscription session is paid, or its payment is processing: creates customer, subscription and first invoice, which
 * has the one-time prices too. The events report the subscription as incomplete, then as active.
 */
export async function subscribed(
  sandbox: Sandbox,
  { body: session, hidden }: StoredSession,
  outcome: "paid" | "delayed",
  email: string,
): Promise<{ names: Subscribed; change: Change }> {
  const currency = session.currency ?? "usd";
  const customer = newCustomer(sandbox, { email, currency });
  const id = newInvoiceId();
  const incomplete: WireSubscription = {
    ...newSubscription(sandbox, {
      lines: hidden.lineItems,
      customer: customer.id,
      currency,
      metadata: hidden.subscriptionMetadata,
      description: hidden.description,
      session,
      billingMode: hidden.billingMode,
    }),
    latest_invoice: id,
  };
  const active: WireSubscription = { ...incomplete, status: "active" };
  const name = hidden.lineItems
    .filter(({ price }) => price.recurring !== null)
    .map(({ description }) => description)
    .join(" and ");
  const now = seconds(sandbox.now);
  const percent = taxPercent(incomplete, sandbox.account);
  const lines = [
    ...hidden.lineItems
      .filter(({ price }) => price.recurring === null)
      .map((line) => oneTimeLine(id, incomplete, line, percent)),
    ...incomplete.items.data.map((item) => recurringLine(id, incomplete, item, currentPeriod(incomplete), percent)),
  ];
  const collected = await collectFirst(
    sandbox,
    newInvoice(sandbox, {
      id,
      subscription: incomplete,
      reason: "subscription_create",
      lines,
      period: { start: now, end: now },
      email,
      presented: hidden.presented,
      count: 1,
    }),
    outcome === "paid" ? "succeeded" : "processing",
  );
  return {
    names: { customer: customer.id, subscription: active.id, invoice: id },
    change: together(
      {
        writes: [
          ...customers.insert(sandbox, customer, null),
          ...insertSubscription(sandbox, active, {
            name,
            card: "good",
            email,
            invoices: 1,
            unpaid: null,
            presented: hidden.presented,
            waiting: [],
          }),
        ],
        events: [
          eventOf(sandbox, "customer.subscription.created", incomplete),
          eventOf(sandbox, "customer.subscription.updated", active, incomplete),
        ],
      },
      collected.change,
    ),
  };
}

/** The delayed payment of a first invoice succeeds, or fails and makes the subscription past due. */
export async function firstInvoiceSettled(
  sandbox: Sandbox,
  session: Stripe.Checkout.Session,
  outcome: "succeeded" | "failed",
): Promise<Change> {
  const invoice = await invoices.require(sandbox, String(session.invoice), "invoice");
  const stored = await subscriptions.require(sandbox, String(session.subscription), "subscription");
  const collected = await collectAgain(sandbox, invoice, outcome === "succeeded" ? "succeeded" : "declined");
  if (outcome === "succeeded" || !isBilled(stored.body)) return collected.change;
  const pastDue: WireSubscription = { ...stored.body, status: "past_due" };
  const event = eventOf(sandbox, "customer.subscription.updated", pastDue, stored.body);
  const { change } = changedSubscription(sandbox, stored, pastDue, [event], {
    ...stored.hidden,
    card: "declines",
    unpaid: { invoice: invoice.body.id, retryAt: collected.invoice.next_payment_attempt },
  });
  return together(collected.change, change);
}

/** The payment intent of a completed session or of its first invoice; null when nothing was due. */
export async function paymentIntentOf(
  sandbox: Sandbox,
  session: Stripe.Checkout.Session,
): Promise<Stripe.PaymentIntent | null> {
  if (typeof session.payment_intent === "string") {
    return (await paymentIntents.require(sandbox, session.payment_intent, "payment_intent")).body;
  }
  if (typeof session.invoice !== "string") return null;
  const { hidden } = await invoices.require(sandbox, session.invoice, "invoice");
  if (hidden.payment === null) return null;
  const { body } = await invoicePayments.require(sandbox, hidden.payment, "invoice_payment");
  return (await paymentIntents.require(sandbox, String(body.payment.payment_intent), "payment_intent")).body;
}

/** The id of the charge that paid an invoice. Refuses an invoice without one. */
export async function chargeOfInvoice(sandbox: Sandbox, invoice: string): Promise<string> {
  const { hidden } = await invoices.require(sandbox, invoice, "invoice");
  const payment = hidden.payment === null ? null : await invoicePayments.find(sandbox, hidden.payment);
  const intent = payment && (await paymentIntents.find(sandbox, String(payment.body.payment.payment_intent)));
  if (typeof intent?.body.latest_charge === "string") return intent.body.latest_charge;
  throw refused(`Nothing was charged for the invoice ${invoice}.`);
}
