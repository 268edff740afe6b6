/** Ids that an object shows in an older API version alone. */
export interface OldLinks {
  /** The invoice of a payment intent or a charge. */
  invoice?: string | null;
  /** The payment intent of an invoice. */
  paymentIntent?: string | null;
}

type Json = Record<string, unknown>;

/** True of the types that exist in version 2022-08-01: invoice payments came with 2025-03-31. */
export function existsIn2022(type: string): boolean {
  return !type.startsWith("invoice_payment.");
}

/**
 * An object as version 2022-08-01 has it, by Stripe's changelog: invoices name subscription and payment intent themselves,
 * periods stand on the subscription, and payments name their invoice. Objects of other kinds are as they are now.
 */
export function in2022(object: object, links: OldLinks): object {
  const json = object as Json;
  switch (json.object) {
    case "subscription":
      return oldSubscription(json);
    case "invoice":
      return oldInvoice(json, links);
    case "payment_intent": {
      const { managed_payments: _, presentment_details: __, ...rest } = json;
      return { ...rest, charges: { object: "list", data: [], has_more: false }, invoice: links.invoice ?? null };
    }
    case "charge":
      return { ...json, invoice: links.invoice ?? null };
    case "checkout.session": {
      const { adaptive_pricing: _, managed_payments: __, presentment_details: ___, ...rest } = json;
      return { ...rest, ui_mode: "hosted" };
    }
    default:
      return object;
  }
}

function oldSubscription(json: Json): Json {
  const { billing_mode: _, billing_schedules: __, managed_payments: ___, items, ...rest } = json;
  const { data, ...list } = items as Json & { data: Json[] };
  const [first] = data;
  return {
    ...rest,
    current_period_end: first?.current_period_end,
    current_period_start: first?.current_period_start,
    discount: null,
    items: {
      ...list,
      data: data.map(
        ({ current_period_end: _end, current_period_start: _start, current_trial: _trial, ...item }) => item,
      ),
    },
    plan: data.length === 1 ? first?.plan : null,
    quantity: data.length === 1 ? first?.quantity : null,
  };
}

function oldInvoice(json: Json, links: OldLinks): Json {
  const { parent, total_taxes: _, confirmation_secret: __, lines, ...rest } = json;
  const { data, ...list } = lines as Json & { data: Json[] };
  const taxes = data.flatMap((line) => line.taxes as { amount: number }[]);
  return {
    ...rest,
    charge: null,
    lines: { ...list, data: data.map(oldLine) },
    paid: json.status === "paid",
    paid_out_of_band: false,
    payment_intent: links.paymentIntent ?? null,
    subscription: (parent as { subscription_details?: { subscription: string } } | null)?.subscription_details
      ?.subscription,
    tax: taxes.length === 0 ? null : taxes.reduce((sum, { amount }) => sum + amount, 0),
    total_tax_amounts: taxes,
  };
}

function oldLine(line: Json): Json {
  const { parent, pricing, taxes, ...rest } = line;
  const { subscription_item_details: item } = parent as { subscription_item_details: Json | null };
  const { price_details: price, unit_amount_decimal } = pricing as { price_details: Json; unit_amount_decimal: string };
  return {
    ...rest,
    price: { id: price.price, object: "price", product: price.product, unit_amount: Number(unit_amount_decimal) },
    proration: false,
    tax_amounts: taxes,
    type: item ? "subscription" : "invoiceitem",
    ...(item ? { subscription_item: item.subscription_item } : {}),
  };
}
