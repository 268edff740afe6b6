import * as z from "zod";
import { idOf } from "./session-facts.ts";

const reference = z.union([z.string(), z.object({ id: z.string() })]).nullish();

/** An invoice of a subscription that a checkout of ours started. Since API 2025-03-31 its subscription stands under `parent`. */
const invoiceSchema = z.object({
  object: z.literal("invoice"),
  id: z.string(),
  livemode: z.boolean(),
  billing_reason: z.string().nullish(),
  total: z.int().nullish(),
  currency: z.string().nullish(),
  parent: z.object({
    subscription_details: z.object({
      metadata: z.object({ checkout_intent_id: z.string().min(1) }),
      subscription: reference,
    }),
  }),
});

/** What an invoice tells. Money of the buyer's that Stripe held already counts as paid: `amountCents` is the total. */
export interface ReportedInvoice {
  readonly invoiceId: string;
  readonly checkoutIntentId: string;
  readonly subscriptionId: string | undefined;
  /** Whether it is the invoice that the checkout itself was paid with. */
  readonly first: boolean;
  readonly amountCents: number | null;
  readonly currency: string | null;
  readonly livemode: boolean;
}

/** The invoice in an object; undefined where it names no checkout. */
export function readInvoice(object: unknown): ReportedInvoice | undefined {
  const read = invoiceSchema.safeParse(object);
  if (!read.success) return undefined;
  const { id, livemode, billing_reason, total, currency, parent } = read.data;
  const { metadata, subscription } = parent.subscription_details;
  return {
    invoiceId: id,
    checkoutIntentId: metadata.checkout_intent_id,
    subscriptionId: idOf(subscription) ?? undefined,
    first: billing_reason === "subscription_create",
    amountCents: total ?? null,
    currency: currency ?? null,
    livemode,
  };
}
