/** Every parameter that this server sends to Stripe, with `[]` for an index, and Stripe's names for the id in a path. */
const SENT = [
  "mode",
  "client_reference_id",
  "success_url",
  "cancel_url",
  "expires_at",
  "metadata",
  "payment_intent_data",
  "payment_intent_data[metadata]",
  "subscription_data",
  "subscription_data[metadata]",
  "line_items",
  "line_items[]",
  "line_items[][price]",
  "line_items[][quantity]",
  "line_items[][price_data]",
  "line_items[][price_data][currency]",
  "line_items[][price_data][unit_amount]",
  "line_items[][price_data][tax_behavior]",
  "line_items[][price_data][product_data]",
  "line_items[][price_data][product_data][name]",
  "line_items[][price_data][product_data][tax_code]",
  "line_items[][price_data][recurring]",
  "line_items[][price_data][recurring][interval]",
  "automatic_tax",
  "automatic_tax[enabled]",
  "managed_payments",
  "managed_payments[enabled]",
  "adaptive_pricing",
  "adaptive_pricing[enabled]",
  "created",
  "created[gte]",
  "created[lt]",
  "types",
  "types[]",
  "limit",
  "starting_after",
  "status",
  "customer",
  "return_url",
  "expand",
  "expand[]",
  // Stripe's names for the id of a path, beside the filters of lists.
  "id",
  "session",
  "event",
  "intent",
  "payment_intent",
  "payment",
  "payment[type]",
  "payment[payment_intent]",
  "subscription",
  "invoice",
  "invoice_payment",
  "charge",
  "refund",
  "dispute",
  "price",
] as const;

const KNOWN: ReadonlySet<string> = new Set(SENT);

/**
 * The path of a parameter as Stripe names it, where it is one that we send; else `other`. Indexes are kept, and the name of
 * a metadata key is not.
 */
export function knownParameter(param: unknown): string {
  if (typeof param !== "string" || param.length > 200) return "other";
  const path = param.replace(/((?:^|\[)metadata\]?)\[.*$/, "$1");
  return KNOWN.has(path.replaceAll(/\[\d{1,3}\]/g, "[]")) ? path : "other";
}
