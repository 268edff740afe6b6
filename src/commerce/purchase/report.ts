import type { PurchaseTarget } from "../../db/purchases.ts";
import { isPaymentEvent, type ReportedPayment, readPaymentEvent } from "../../stripe/payment-events.ts";
import {
  checkoutNamedBy,
  idOf,
  isSessionEvent,
  type ReportedSession,
  readSessionEvent,
} from "../../stripe/session-facts.ts";
import {
  isInvoiceEvent,
  isSubscriptionEvent,
  type ReportedSubscription,
  readFirstInvoice,
  readSubscription,
  subscriptionRank,
} from "../../stripe/subscription-events.ts";
import type { VerifiedEvent } from "../../stripe/verify-event.ts";
import type { CheckoutFact } from "../checkout-fold.ts";

/** What was paid, as Stripe reports it, to be held against what was confirmed. */
export interface ReportedMoney {
  readonly amountCents: number | null;
  readonly currency: string | null;
  readonly livemode: boolean;
}

/** A state of a subscription, and where it stands among all others of it. */
export interface SubscriptionState extends ReportedSubscription {
  readonly at: number;
  readonly rank: number;
}

/** What Stripe told of a purchase, whichever object and whichever way it came. */
export interface Report {
  readonly target: PurchaseTarget;
  /** Ids that the object gives of the checkout; two that differ are nobody's. */
  readonly names: readonly string[];
  readonly facts: readonly CheckoutFact[];
  readonly money?: ReportedMoney;
  readonly session?: ReportedSession;
  readonly payment?: ReportedPayment;
  readonly subscription?: SubscriptionState;
}

type Read = Report | "malformed" | "not_ours_to_act_on";

/** The first family that knows the event's type reads it; an object without the shape of its type is malformed. */
const FAMILIES: readonly { knows(type: string): boolean; read(event: VerifiedEvent): Read }[] = [
  { knows: isSessionEvent, read: fromSessionEvent },
  { knows: isPaymentEvent, read: fromPaymentEvent },
  { knows: isSubscriptionEvent, read: fromSubscriptionEvent },
  { knows: isInvoiceEvent, read: fromInvoiceEvent },
];

/** Reads an event; `not_ours_to_act_on` for a type or object that changes nothing here. */
export function readReport(event: VerifiedEvent): Read {
  return FAMILIES.find(({ knows }) => knows(event.type))?.read(event) ?? "not_ours_to_act_on";
}

/** A session, from an event or fetched by ourselves, with what it says happened. */
export function sessionReport(session: ReportedSession, facts: readonly CheckoutFact[]): Report {
  const names = [session.client_reference_id, session.metadata?.checkout_intent_id];
  return {
    target: {
      checkoutIntentId: checkoutNamedBy(session),
      paymentIntentId: idOf(session.payment_intent) ?? undefined,
      subscriptionId: idOf(session.subscription) ?? undefined,
    },
    names: [...new Set(names.filter((name): name is string => Boolean(name)))],
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
  return { target: { paymentIntentId: payment.paymentIntentId }, names: [], facts: [], payment };
}

function fromSubscriptionEvent({ type, object, createdAt }: VerifiedEvent): Read {
  const subscription = readSubscription(object);
  if (!subscription) return "malformed";
  const { checkoutIntentId, subscriptionId } = subscription;
  return {
    target: { checkoutIntentId, subscriptionId },
    names: checkoutIntentId ? [checkoutIntentId] : [],
    facts: [],
    subscription: { ...subscription, at: createdAt, rank: subscriptionRank(type) },
  };
}

/** The first invoice of a plan proves its payment as the session does, should the session's own event be lost. */
function fromInvoiceEvent({ type, object }: VerifiedEvent): Read {
  const invoice = readFirstInvoice(type, object);
  if (!invoice) return "not_ours_to_act_on";
  const { checkoutIntentId, subscriptionId, amountCents, currency, livemode } = invoice;
  return {
    target: { checkoutIntentId, subscriptionId: subscriptionId ?? undefined },
    names: [checkoutIntentId],
    facts: ["paid"],
    money: { amountCents, currency, livemode },
  };
}
