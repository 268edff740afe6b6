const KEY = "selected_order_bump_price_ids";
/** Characters of a value in Stripe's metadata (API reference, "Metadata"). */
export const METADATA_VALUE = 500;

/**
 * The chosen bumps in Stripe's metadata, by the ids of their prices. Ids that no longer fit in the value go on under
 * numbered keys: Stripe refuses the whole sale for a value that is too long.
 */
export function bumpMetadata(priceIds: readonly string[]): Record<string, string> {
  const [first = "", ...others] = priceIds;
  const values = [first];
  for (const id of others) {
    const joined = `${values.at(-1)},${id}`;
    if (joined.length > METADATA_VALUE) values.push(id);
    else values[values.length - 1] = joined;
  }
  return Object.fromEntries(values.map((value, index) => [index === 0 ? KEY : `${KEY}_${index + 1}`, value]));
}
