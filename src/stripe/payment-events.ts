import * as z from "zod";
import { factRank, type PaymentFact } from "../facts/payment-fold.ts";
import { idOf } from "./session-facts.ts";

const reference = z.union([z.string(), z.object({ id: z.string() })]).nullish();
const cents = z.int().nonnegative();

const refundSchema = z.object({
  object: z.literal("refund"),
  id: z.string(),
  amount: cents,
  status: z.string().nullish(),
  payment_intent: reference,
});
const chargeSchema = z.object({
  object: z.literal("charge"),
  id: z.string(),
  amount_refunded: cents,
  refunded: z.boolean(),
  payment_intent: reference,
});
const disputeSchema = z.object({
  object: z.literal("dispute"),
  id: z.string(),
  amount: cents,
  status: z.string(),
  payment_intent: reference,
});

const invoicePaymentSchema = z.object({
  object: z.literal("invoice_payment"),
  invoice: z.union([z.string(), z.object({ id: z.string() })]),
  amount_paid: cents.nullish(),
  amount_requested: cents.nullish(),
  status: z.string().nullish(),
  payment: z.object({ payment_intent: reference }),
});

/** A fact about a payment, and the objects of Stripe's that it is kept under. */
export interface ReportedPayment extends PaymentFact {
  readonly paymentIntentId: string;
  readonly objectId: string;
  readonly rank: number;
}

type Reader = (object: unknown) => ReportedPayment | undefined;

const refund: Reader = (object) => {
  const read = refundSchema.safeParse(object);
  return read.success ? reported("refund", read.data, read.data.status ?? "pending", read.data.amount) : undefined;
};
const charge: Reader = (object) => {
  const read = chargeSchema.safeParse(object);
  if (!read.success) return undefined;
  const { refunded, amount_refunded } = read.data;
  return reported("charge", read.data, refunded ? "refunded_in_full" : "refunded_in_part", amount_refunded);
};
const dispute: Reader = (object) => {
  const read = disputeSchema.safeParse(object);
  return read.success ? reported("dispute", read.data, read.data.status, read.data.amount) : undefined;
};

/** Kept under its invoice: it says which payment paid it, which no other object of a subscription tells. */
const invoicePayment: Reader = (object) => {
  const read = invoicePaymentSchema.safeParse(object);
  if (!read.success || (read.data.status ?? "paid") !== "paid") return undefined;
  const { invoice, payment, amount_paid, amount_requested } = read.data;
  const named = { id: idOf(invoice) ?? "", payment_intent: payment.payment_intent };
  return reported("invoice_payment", named, "paid", amount_paid ?? amount_requested ?? 0);
};

/** Which events tell of a payment that money was taken back from, or of an invoice that it paid, and how to read them. */
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

function reported(
  kind: PaymentFact["kind"],
  { id, payment_intent }: { id: string; payment_intent?: z.output<typeof reference> },
  state: string,
  amountCents: number,
): ReportedPayment | undefined {
  const paymentIntentId = idOf(payment_intent);
  if (!paymentIntentId) return undefined;
  return { kind, paymentIntentId, objectId: id, state, amountCents, rank: factRank(kind, state, amountCents) };
}

/** The same objects as Stripe lists them; undefined where the shape is another. */
export const readListed = { refund, dispute, invoicePayment } as const;
