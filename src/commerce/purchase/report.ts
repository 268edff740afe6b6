import type { PurchaseTarget } from "../../db/purchase-rows.ts";
import type { CheckoutFact } from "../../facts/checkout-fold.ts";
import { type ReportedInvoice, readInvoice } from "../../stripe/invoice-events.ts";
import { isPaymentEvent, type ReportedPayment, readPaymentEvent } from "../../stripe/payment-events.ts";
import {
  checkoutNamedBy,
  idOf,
  isSessionEvent,
  type ReportedSession,
  readSessionEvent,
} from "../../stripe/session-facts.ts";
import {
  isSubscriptionEvent,
  type ReportedSubscription,
  readSubscription,
  subscriptionRank,
} from "../../stripe/subscription-events.ts";
import type { VerifiedEvent } from "../../stripe/verify-event.ts";

/** What was paid, as Stripe reports it, to be held against what was confirmed. */
export interface ReportedMoney {
  readonly amountCents: number | null;
  readonly currency: string | null;
  readonly livemode: boolean;
}

/** A state of a subscription, and where it stands among all others of it. */
export interface SubscriptionState extends ReportedSubscription {
  /** Epoch milliseconds, by Stripe's clock. */
  readonly at: number;
  readonly rank: number;
  /** When we asked for it, by our own clock; left out of an event. Whatever was stored before that is older. */
  readonly askedAt?: number;
}

/** Objects that belong to a checkout on the word of its own session: nothing else can say so. */
export interface BoundObjects {
  readonly sessionId?: string | undefined;
  readonly paymentIntentId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  readonly invoiceId?: string | undefined;
}

/** What Stripe told of a purchase, whichever object and whichever way it came. */
export interface Report {
  readonly target: PurchaseTarget;
  /** Ids that the object gives of the checkout, unless it is known as a checkout's own; two that differ are nobody's. */
  readonly names: readonly string[];
  readonly bound: BoundObjects;
  readonly facts: readonly CheckoutFact[];
  readonly money?: ReportedMoney;
  readonly session?: ReportedSession;
  readonly payments: readonly ReportedPayment[];
  readonly subscription?: SubscriptionState;
  readonly invoices: readonly ReportedInvoice[];
}

type Read = Report | "malformed" | "not_ours_to_act_on";

const nothing = { names: [], bound: {}, facts: [], payments: [], invoices: [] } as const;

/** The first family that knows the event's type reads it; an object without the shape of its type is malformed. */
const FAMILIES: readonly { knows(type: string): boolean; read(event: VerifiedEvent): Read }[] = [
  { knows: isSessionEvent, read: fromSessionEvent },
  { knows: isPaymentEvent, read: fromPaymentEvent },
  { knows: isSubscriptionEvent, read: fromSubscriptionEvent },
  { knows: (type) => type.startsWith("invoice."), read: fromInvoiceEvent },
];

/** Reads an event; `not_ours_to_act_on` for a type or object that changes nothing here. */
export function readReport(event: VerifiedEvent): Read {
  return FAMILIES.find(({ knows }) => knows(event.type))?.read(event) ?? "not_ours_to_act_on";
}

/** A session, from an event or fetched by ourselves, with what it says happened. */
export function sessionReport(session: ReportedSession, facts: readonly CheckoutFact[]): Report {
  const names = [session.client_reference_id, session.metadata?.checkout_intent_id];
  const bound = {
    sessionId: session.id,
    paymentIntentId: idOf(session.payment_intent) ?? undefined,
    subscriptionId: idOf(session.subscription) ?? undefined,
    invoiceId: idOf(session.invoice) ?? undefined,
  };
  return {
    ...nothing,
    target: {
      checkoutIntentId: checkoutNamedBy(session),
      sessionId: bound.sessionId,
      subscriptionId: bound.subscriptionId,
      paymentIntentIds: listOf(bound.paymentIntentId),
      invoiceIds: listOf(bound.invoiceId),
    },
    names: [...new Set(names.filter((name): name is string => Boolean(name)))],
    bound,
    facts,
    money: { amountCents: session.amount_total, currency: session.currency, livemode: session.livemode },
    session,
  };
}

function fromSessionEvent({ type, object }: VerifiedEvent): Read {
  const read = readSessionEvent(type, object);
  return read ? sessionReport(read.session, read.facts) : "malformed";
}

function fromPaymentEvent({ type, object }: VerifiedEvent): Read {
  const payment = readPaymentEvent(type, object);
  if (!payment) return object?.payment_intent ? "malformed" : "not_ours_to_act_on";
  return { ...nothing, target: paymentTarget(payment), payments: [payment] };
}

/** How the purchase of a payment is found. */
function paymentTarget({ kind, paymentIntentId, objectId }: ReportedPayment): PurchaseTarget {
  return { paymentIntentIds: [paymentIntentId], invoiceIds: kind === "invoice_payment" ? [objectId] : [] };
}

function fromSubscriptionEvent({ type, object, createdAt }: VerifiedEvent): Read {
  const subscription = readSubscription(object);
  if (!subscription) return "malformed";
  const { checkoutIntentId, subscriptionId } = subscription;
  return {
    ...nothing,
    target: { checkoutIntentId, subscriptionId },
    names: listOf(checkoutIntentId),
    subscription: { ...subscription, at: createdAt, rank: subscriptionRank(type) },
  };
}

function fromInvoiceEvent({ object }: VerifiedEvent): Read {
  const invoice = readInvoice(object);
  if (!invoice) return "not_ours_to_act_on";
  const { checkoutIntentId, subscriptionId, invoiceId } = invoice;
  return {
    ...nothing,
    target: { checkoutIntentId, subscriptionId, invoiceIds: [invoiceId] },
    names: listOf(checkoutIntentId),
    invoices: [invoice],
  };
}

const listOf = (id: string | undefined): readonly string[] => (id === undefined ? [] : [id]);
