import * as z from "zod";
import { factRank, type PaymentFact } from "../facts/payment-fold.ts";
import { idOf, idOrObject } from "./session-events.ts";

const cents = z.int().nonnegative();

const refundSchema = z.object({
  object: z.literal("refund"),
  id: z.string(),
  amount: cents,
  status: z.string().nullish(),
  payment_intent: idOrObject.nullish(),
});
const chargeSchema = z.object({
  object: z.literal("charge"),
  id: z.string(),
  amount_refunded: cents,
  refunded: z.boolean(),
  payment_intent: idOrObject.nullish(),
});
const disputeSchema = z.object({
  object: z.literal("dispute"),
  id: z.string(),
  amount: cents,
  status: z.string(),
  payment_intent: idOrObject.nullish(),
});
const invoicePaymentSchema = z.object({
  object: z.literal("invoice_payment"),
  invoice: idOrObject,
  amount_paid: cents.nullish(),
  amount_requested: cents.nullish(),
  status: z.string().nullish(),
  payment: z.object({ payment_intent: idOrObject.nullish() }),
});

/** A fact about a payment, with the objects of Stripe's that it is stored under. */
export interface ReportedPayment extends PaymentFact {
  readonly stripePaymentIntentId: string;
  readonly stripeObjectId: string;
  /** Of two reports about one object the higher rank counts. */
  readonly rank: number;
}

type Reader = (object: unknown) => ReportedPayment | undefined;

const refund: Reader = (object) => {
  const read = refundSchema.safeParse(object);
  return read.success ? payment("refund", read.data, read.data.status ?? "pending", read.data.amount) : undefined;
};
const charge: Reader = (object) => {
  const read = chargeSchema.safeParse(object);
  if (!read.success) return undefined;
  const { refunded, amount_refunded } = read.data;
  return payment("charge", read.data, refunded ? "refunded_in_full" : "refunded_in_part", amount_refunded);
};
const dispute: Reader = (object) => {
  const read = disputeSchema.safeParse(object);
  return read.success ? payment("dispute", read.data, read.data.status, read.data.amount) : undefined;
};

/** Stored under its invoice: this is the only object that links an invoice to the payment that paid it. */
const invoicePayment: Reader = (object) => {
  const read = invoicePaymentSchema.safeParse(object);
  if (!read.success || (read.data.status ?? "paid") !== "paid") return undefined;
  const { invoice, payment: paidBy, amount_paid, amount_requested } = read.data;
  const named = { id: idOf(invoice) ?? "", payment_intent: paidBy.payment_intent };
  return payment("invoice_payment", named, "paid", amount_paid ?? amount_requested ?? 0);
};

/** The reader for each event about a refund, a charge, a dispute, or the payment of an invoice. */
const READERS: Readonly<Record<string, Reader>> = {
  "refund.created": refund,
  "refund.updated": refund,
  "refund.failed": refund,
  "charge.refunded": charge,
  "charge.dispute.created": dispute,
  "charge.dispute.updated": dispute,
  "charge.dispute.closed": dispute,
  "invoice_payment.paid": invoicePayment,
};

export function isPaymentEvent(type: string): boolean {
  return Object.hasOwn(READERS, type);
}

/** The fact in an event about a payment; undefined where the object does not have the shape of its type. */
export function readPaymentEvent(type: string, object: unknown): ReportedPayment | undefined {
  return READERS[type]?.(object);
}

function payment(
  kind: PaymentFact["kind"],
  { id, payment_intent }: { id: string; payment_intent?: z.output<typeof idOrObject> | null | undefined },
  state: string,
  amountCents: number,
): ReportedPayment | undefined {
  const stripePaymentIntentId = idOf(payment_intent);
  if (!stripePaymentIntentId) return undefined;
  return {
    kind,
    stripePaymentIntentId,
    stripeObjectId: id,
    state,
    amountCents,
    rank: factRank(kind, state, amountCents),
  };
}

/** Readers of the same objects as Stripe lists them; undefined where an object has another shape. */
export const readListed = { refund, dispute, invoicePayment } as const;
