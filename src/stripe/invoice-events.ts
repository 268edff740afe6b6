import * as z from "zod";
import type { ReportedAmounts } from "./amounts.ts";
import { idOf, idOrObject } from "./session-events.ts";

const seconds = z.int().nonnegative();
const parts = z.array(z.object({ amount: z.int() })).nullish();

/** Since API 2025-03-31 the subscription of an invoice and the item of a line stand under `parent`. */
const lineSchema = z.object({
  period: z.object({ start: seconds, end: seconds }),
  parent: z.object({ subscription_item_details: z.object({ proration: z.boolean() }).nullish() }).nullish(),
});
const invoiceSchema = z.object({
  object: z.literal("invoice"),
  id: z.string(),
  livemode: z.boolean(),
  status: z.string().nullish(),
  billing_reason: z.string().nullish(),
  total: z.int().nullish(),
  total_taxes: parts,
  total_discount_amounts: parts,
  amount_shipping: z.int().nullish(),
  amount_paid: z.int().nonnegative().nullish(),
  currency: z.string(),
  status_transitions: z.object({ paid_at: seconds.nullish() }).nullish(),
  lines: z.object({ data: z.array(lineSchema), has_more: z.boolean().nullish() }),
  parent: z.object({
    subscription_details: z.object({
      metadata: z.record(z.string(), z.string()).nullish(),
      subscription: idOrObject,
    }),
  }),
});

/** An invoice of a subscription, in our terms. */
export interface ReportedInvoice {
  readonly stripeInvoiceId: string;
  readonly stripeSubscriptionId: string;
  /** The checkout id in its subscription's metadata; another application can write any id there. */
  readonly checkoutIntentId: string | undefined;
  /** True for the invoice that starts a subscription. */
  readonly first: boolean;
  readonly paid: boolean;
  /** Epoch milliseconds. */
  readonly paidAt: number | null;
  /** Its total includes what Stripe took from the buyer's credit. */
  readonly amounts: ReportedAmounts;
  /** What was paid for it, without credit. */
  readonly paidCents: number;
  readonly currency: string;
  readonly livemode: boolean;
  /** The plan's own period, in epoch milliseconds; undefined on an invoice of changes and extras alone. */
  readonly period: { readonly start: number; readonly end: number } | undefined;
  /** True for a paid invoice that has more lines than it shows, where none of those shown is the plan's. */
  readonly periodIsCut: boolean;
}

/** The invoice in an object; undefined where the object is not the invoice of a subscription. */
export function readInvoice(object: unknown): ReportedInvoice | undefined {
  const read = invoiceSchema.safeParse(object);
  if (!read.success) return undefined;
  const { id, livemode, status, billing_reason, amount_paid, currency, lines, parent } = read.data;
  const { metadata, subscription } = parent.subscription_details;
  const period = periodOf(lines.data);
  const paid = status === "paid";
  const paidAt = read.data.status_transitions?.paid_at;
  return {
    stripeInvoiceId: id,
    stripeSubscriptionId: idOf(subscription) ?? "",
    checkoutIntentId: metadata?.checkout_intent_id || undefined,
    first: billing_reason === "subscription_create",
    paid,
    paidAt: typeof paidAt === "number" ? paidAt * 1000 : null,
    amounts: amountsOf(read.data),
    paidCents: amount_paid ?? 0,
    currency,
    livemode,
    period,
    periodIsCut: paid && !period && lines.has_more === true,
  };
}

function amountsOf(invoice: z.output<typeof invoiceSchema>): ReportedAmounts {
  return {
    totalCents: invoice.total ?? null,
    taxCents: sumOf(invoice.total_taxes),
    discountCents: sumOf(invoice.total_discount_amounts),
    shippingCents: invoice.amount_shipping ?? 0,
  };
}

const sumOf = (given: z.output<typeof parts>) => (given ?? []).reduce((sum, { amount }) => sum + amount, 0);

/** The period that an invoice pays for stands on the plan's lines; `period` of the invoice is an earlier one. */
function periodOf(lines: readonly z.output<typeof lineSchema>[]): ReportedInvoice["period"] {
  const [latest] = lines
    .filter(({ parent }) => parent?.subscription_item_details?.proration === false)
    .map(({ period }) => period)
    .sort((one, other) => other.end - one.end);
  return latest && { start: latest.start * 1000, end: latest.end * 1000 };
}
