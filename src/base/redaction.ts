/**
 * Shapes of provider identifiers and secrets that no answer may hold. Outputs are allow-lists already; this check
 * catches such a value in an allowed field.
 * What follows the prefix of an identifier has a capital or a digit; a word such as `price_recommendations` has neither.
 */
const PROVIDER_VALUE =
  /(?<![A-Za-z0-9])(?:cs|pi|cus|sub|evt|ch|re|in|si|seti|pm|py|price|prod|acct|du|dp|bps)_(?:(?:test|live)_)?(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{14,}|(?:sk|rk|pk)_(?:test|live)_[A-Za-z0-9]{8,}|whsec_[A-Za-z0-9+/=]{8,}/;

/** Whether a provider's identifier or secret stands anywhere in the text. */
export function holdsProviderValue(text: string): boolean {
  return PROVIDER_VALUE.test(text);
}

/** Throws where a provider's identifier or secret stands anywhere in the value. */
export function assertRedacted<T>(value: T): T {
  if (holdsProviderValue(JSON.stringify(value) ?? "")) throw new Error("an answer holds a provider identifier");
  return value;
}
