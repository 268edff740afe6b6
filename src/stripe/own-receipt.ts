import type Stripe from "stripe";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import type { StripeCaller } from "./client.ts";
import { ifThere } from "./if-there.ts";

/** The Stripe object that has a receipt or an invoice of its own. */
export type ReceiptAtStripe =
  | { readonly kind: "payment"; readonly id: string }
  | { readonly kind: "invoice"; readonly id: string };

/**
 * The address of Stripe's own receipt of a payment, or of its page of an invoice; undefined where Stripe has none. Stripe
 * ends such addresses by time, so each visit asks again and none is stored.
 */
export async function receiptAddress(
  { kind, id }: ReceiptAtStripe,
  mode: StripeMode,
  caller: StripeCaller,
): Promise<string | undefined> {
  const stripe = caller.stripe.client(mode);
  const address =
    kind === "invoice"
      ? (await ifThere(stripe.invoices.retrieve(id)))?.hosted_invoice_url
      : receiptOf(await ifThere(stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] })));
  return address && URL.canParse(address) ? address : undefined;
}

function receiptOf(intent: Stripe.PaymentIntent | undefined): string | null | undefined {
  const charge = intent?.latest_charge;
  return typeof charge === "object" ? charge?.receipt_url : undefined;
}
