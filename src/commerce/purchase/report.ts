import type { PurchaseTarget } from "../../db/purchase-rows.ts";
import type { CheckoutFact } from "../../facts/checkout-fold.ts";
import type { FetchedPurchase } from "../../stripe/fetch-purchase.ts";
import { type ReportedInvoice, readInvoice } from "../../stripe/invoice-events.ts";
import { type ObjectNames, readNames } from "../../stripe/object-names.ts";
import { isPaymentEvent, type ReportedPayment, readPaymentEvent } from "../../stripe/payment-events.ts";
import { eventFacts, isSessionEvent, type ReportedSession, readSession } from "../../stripe/session-events.ts";
import {
  isSubscriptionEvent,
  type ReportedSubscription,
  readSubscription,
  subscriptionRank,
} from "../../stripe/subscription-events.ts";
import type { TracedPayment } from "../../stripe/trace-payment.ts";
import type { VerifiedEvent } from "../../stripe/verify-event.ts";

/** A reported state of a subscription, and its place in the order of all its states. */
export interface SubscriptionState extends ReportedSubscription {
  /** Epoch milliseconds by Stripe's clock; the rank orders states of the same second. */
  readonly at: number;
  readonly rank: number;
  /** When it was fetched, by our own clock; undefined for an event's. A row that was written before that is older. */
  readonly askedAt?: number;
}

/** What Stripe reported about a purchase, in our terms: from one event, or from a check of all its objects. */
export interface Report {
  readonly target: PurchaseTarget;
  /** Checkout ids found in the object's metadata and `client_reference_id`. Two different ids: see `belongs`. */
  readonly checkoutIds: readonly string[];
  /** Only a session says which payment, subscription and invoice are the checkout's own. */
  readonly session?: ReportedSession;
  readonly facts: readonly CheckoutFact[];
  readonly payments: readonly ReportedPayment[];
  readonly subscription?: SubscriptionState;
  readonly invoices: readonly ReportedInvoice[];
}

/** The report in an event, or why there is none. */
export type EventReading =
  | { readonly kind: "report"; readonly report: Report }
  /** Its object has not the shape of this API version, or leaves out what decides. */
  | { readonly kind: "unread"; readonly names: ObjectNames }
  /** It is of another Stripe mode than the endpoint whose secret signed it. */
  | { readonly kind: "other_endpoint_mode"; readonly names: ObjectNames }
  | { readonly kind: "not_ours" };

const NOT_OURS: EventReading = { kind: "not_ours" };
const unread = (object: unknown): EventReading => ({ kind: "unread", names: readNames(object) });
const EMPTY = { checkoutIds: [], facts: [], payments: [], invoices: [] } as const;

/** An event, or one whose object was fetched: then with the time at which we asked, by our own clock. */
type ReadableEvent = VerifiedEvent & { readonly askedAt?: number };

/** The families of event types. The first one that knows a type reads the event. */
const FAMILIES: readonly { knows(type: string): boolean; read(event: ReadableEvent): EventReading }[] = [
  { knows: isSessionEvent, read: fromSessionEvent },
  { knows: isPaymentEvent, read: fromPaymentEvent },
  { knows: isSubscriptionEvent, read: fromSubscriptionEvent },
  { knows: (type) => type.startsWith("invoice."), read: fromInvoiceEvent },
];

/** Reads an event. A connected account's event, and a type that changes nothing here, are `not_ours`. */
export function readReport(event: ReadableEvent): EventReading {
  const family = FAMILIES.find(({ knows }) => knows(event.type));
  if (event.ofConnectedAccount || !family) return NOT_OURS;
  if (event.livemode !== (event.endpointMode === "live")) {
    return { kind: "other_endpoint_mode", names: readNames(event.object) };
  }
  return family.read(event);
}

/** Above the rank of every event: a fetched state is later than the event of the same moment. */
const FETCHED_RANK = 9;
/**
 * Subtracted from our time of a check: our clock may be ahead of Stripe's, whose events have whole seconds, and an event
 * after the check must count as later. So does an event from shortly before; the event of the checked state corrects it.
 */
const CLOCKS_DIFFER_MS = 10_000;

/** The report of everything that Stripe has of a checkout. */
export function fetchedReport(fetched: FetchedPurchase, checkoutIntentId: string): Report {
  const { session, facts, subscription, invoices, payments, paymentIntentIds, askedAt } = fetched;
  const report = sessionReport(session, facts);
  const invoiceIds = invoices.map(({ stripeInvoiceId }) => stripeInvoiceId);
  return {
    ...report,
    target: { ...report.target, checkoutIntentId, paymentIntentIds, invoiceIds },
    payments,
    invoices,
    ...(subscription && {
      subscription: { ...subscription, at: askedAt - CLOCKS_DIFFER_MS, rank: FETCHED_RANK, askedAt },
    }),
  };
}

/** The report of an invoice that a payment paid, as Stripe tells when it is asked for the payment. */
export function tracedReport(invoice: ReportedInvoice, { payments }: TracedPayment, paymentIntentId: string): Report {
  const { checkoutIntentId, stripeSubscriptionId, stripeInvoiceId } = invoice;
  return {
    ...EMPTY,
    target: {
      checkoutIntentId,
      subscriptionId: stripeSubscriptionId,
      invoiceIds: [stripeInvoiceId],
      paymentIntentIds: [paymentIntentId],
    },
    checkoutIds: listOf(checkoutIntentId),
    invoices: [invoice],
    payments,
  };
}

/** A report that tells nothing new of a checkout. */
export const nothingNew = (checkoutIntentId: string): Report => ({ ...EMPTY, target: { checkoutIntentId } });

/** The report of a session, with the facts that it tells. */
function sessionReport(session: ReportedSession, facts: readonly CheckoutFact[]): Report {
  const { stripeCheckoutSessionId, stripePaymentIntentId, stripeSubscriptionId, stripeInvoiceId } = session;
  return {
    ...EMPTY,
    target: {
      checkoutIntentId: session.checkoutIntentId,
      sessionId: stripeCheckoutSessionId,
      subscriptionId: stripeSubscriptionId ?? undefined,
      paymentIntentIds: listOf(stripePaymentIntentId),
      invoiceIds: listOf(stripeInvoiceId),
    },
    checkoutIds: session.checkoutIds,
    facts,
    session,
  };
}

function fromSessionEvent({ type, object }: ReadableEvent): EventReading {
  const session = readSession(object);
  return session ? { kind: "report", report: sessionReport(session, eventFacts(type, session)) } : unread(object);
}

function fromPaymentEvent({ type, object }: ReadableEvent): EventReading {
  const payment = readPaymentEvent(type, object);
  if (!payment) return unread(object);
  const { kind, stripePaymentIntentId, stripeObjectId } = payment;
  const target = {
    paymentIntentIds: [stripePaymentIntentId],
    invoiceIds: kind === "invoice_payment" ? [stripeObjectId] : [],
  };
  return { kind: "report", report: { ...EMPTY, target, payments: [payment] } };
}

function fromSubscriptionEvent({ type, object, createdAt, askedAt }: ReadableEvent): EventReading {
  const subscription = readSubscription(object);
  if (!subscription) return unread(object);
  const { checkoutIntentId, stripeSubscriptionId } = subscription;
  const report = {
    ...EMPTY,
    target: { checkoutIntentId, subscriptionId: stripeSubscriptionId },
    checkoutIds: listOf(checkoutIntentId),
    subscription: {
      ...subscription,
      // What was fetched because of an event is never earlier than the event.
      at: askedAt === undefined ? createdAt : Math.max(createdAt, askedAt - CLOCKS_DIFFER_MS),
      rank: subscriptionRank(type),
      ...(askedAt !== undefined && { askedAt }),
    },
  };
  return { kind: "report", report };
}

function fromInvoiceEvent({ object }: ReadableEvent): EventReading {
  const invoice = readInvoice(object);
  if (!invoice || invoice.periodIsCut) return unread(object);
  const { checkoutIntentId, stripeSubscriptionId, stripeInvoiceId } = invoice;
  const report = {
    ...EMPTY,
    target: { checkoutIntentId, subscriptionId: stripeSubscriptionId, invoiceIds: [stripeInvoiceId] },
    checkoutIds: listOf(checkoutIntentId),
    invoices: [invoice],
  };
  return { kind: "report", report };
}

const listOf = (id: string | null | undefined): readonly string[] => (id === null || id === undefined ? [] : [id]);
