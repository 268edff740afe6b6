import type Stripe from "stripe";
import { readInvoice } from "./invoice-events.ts";

const PAGE = 100;
/** Pages of lines that are read of one invoice. */
export const PAGES_OF_LINES = 3;

/**
 * The invoice with the lines that Stripe left out: an invoice contains its first ten ("The Invoice object", `lines`), and
 * those of changes come before the plan's. Asks only for a paid invoice whose shown lines leave the plan's period open.
 */
export async function withAllLines(stripe: Stripe, invoice: Stripe.Invoice): Promise<Stripe.Invoice> {
  const read = readInvoice(invoice);
  if (!read?.periodIsCut) return invoice;
  const data: Stripe.InvoiceLineItem[] = [];
  for (let page = 0, more = true; more && page < PAGES_OF_LINES; page++) {
    const last = data.at(-1);
    const listed = await stripe.invoices.listLineItems(read.stripeInvoiceId, {
      limit: PAGE,
      ...(last && { starting_after: last.id }),
    });
    data.push(...listed.data);
    more = listed.has_more && listed.data.length > 0;
  }
  return { ...invoice, lines: { ...invoice.lines, data, has_more: false } };
}
