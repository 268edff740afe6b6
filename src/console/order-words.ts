import { CHECKOUT_WORDS } from "../commerce/words.ts";
import type * as vocabulary from "../db/schema/vocabulary.ts";

type Words<Vocabulary extends readonly string[]> = Readonly<Record<Vocabulary[number], string>>;

/** The states of an order as the owner reads them: each has words of its own, so that each can be chosen in a list. */
export const ORDER_WORDS: Words<typeof vocabulary.CHECKOUT_STATUSES> = {
  ...CHECKOUT_WORDS,
  expired: "ran out without payment",
  canceled: "canceled before payment",
  blocked: "blocked, it waits for you",
};

/** What each handled event of Stripe's tells. */
export const STRIPE_EVENT_WORDS: Words<typeof vocabulary.HANDLED_EVENT_TYPES> = {
  "checkout.session.completed": "The payment page was completed",
  "checkout.session.async_payment_succeeded": "The delayed payment arrived",
  "checkout.session.async_payment_failed": "The delayed payment failed",
  "checkout.session.expired": "The payment page ended",
  "customer.subscription.created": "The subscription began",
  "customer.subscription.updated": "The subscription changed",
  "customer.subscription.deleted": "The subscription ended",
  "customer.subscription.paused": "The subscription was paused",
  "customer.subscription.resumed": "The subscription goes on",
  "invoice.paid": "An invoice was paid",
  "invoice.payment_failed": "An invoice could not be collected",
  "invoice.payment_action_required": "The buyer has to confirm a payment at their bank",
  "invoice_payment.paid": "A payment was put to an invoice",
  "charge.refunded": "Money of the payment went back",
  "refund.created": "A refund began",
  "refund.updated": "A refund changed",
  "refund.failed": "A refund failed",
  "charge.dispute.created": "The payment was disputed at the bank",
  "charge.dispute.updated": "The dispute changed",
  "charge.dispute.closed": "The dispute was decided",
};

/** What became of an event here. */
export const EVENT_STATUS_WORDS: Words<typeof vocabulary.WEBHOOK_STATUSES> = {
  received: "received",
  processed: "taken over",
  ignored: "changes nothing here",
  blocked: "blocked, it waits for you",
  failed: "failed, it is tried again",
};

/** Where the task of a person stands, for the owner. */
export const TASK_WORDS: Words<typeof vocabulary.TASK_STATUSES> = {
  queued: "to do",
  active: "being done",
  paused: "paused: the access has ended",
  done: "done",
};

/** Whether the owner has talked to a buyer who said yes to an offer. */
export const FOLLOW_UP_WORDS: Words<typeof vocabulary.FOLLOW_UP_STATUSES> = {
  open: "you have not talked to them yet",
  done: "you talked to them",
};

/** What each kind of mail is, in the list of an order. */
export const MAIL_WORDS: Words<typeof vocabulary.MAIL_KINDS> = {
  order_confirmed: "Order confirmed",
  payment_failed: "Payment failed, with the way back",
  delivery_ready: "Delivery ready",
  answer_received: "Answer received",
  order_link: "The link to the order",
  approval_waits: "To you: an approval waits",
  checkout_blocked: "To you: the order is blocked",
  money_without_service: "To you: money without a service",
  dispute_opened: "To you: a dispute",
  webhooks_stopped: "To you: Stripe's events stopped",
  answer_came: "To you: an answer came",
};

/** What became of a mail. */
export const MAIL_STATUS_WORDS: Words<typeof vocabulary.MAIL_STATUSES> = {
  queued: "waits to be sent",
  sent: "sent",
  dropped: "not sent",
};
