import type { Account } from "./account.ts";

/** What the buyer sees and pays in their own currency. Every other amount stays in the currency of the prices. */
interface Presentment {
  presentment_amount: number;
  presentment_currency: string;
}

/** An amount in the buyer's own currency. Currencies without two decimals are not simulated. */
export function presentedAmount(
  amount: number,
  { currency, rate }: NonNullable<Account["adaptivePricingDefault"]>,
): Presentment {
  return { presentment_amount: Math.round(amount * rate), presentment_currency: currency };
}

/** A part of a payment, as a refund, at the payment's own rate; empty for a payment in the currency of its prices. */
export function presentedPart(
  part: number,
  whole: { amount: number; presentment_details?: Presentment },
): { presentment_details?: Presentment } {
  const { presentment_details: details } = whole;
  if (details === undefined) return {};
  const presentment_amount = Math.round((part * details.presentment_amount) / whole.amount);
  return { presentment_details: { ...details, presentment_amount } };
}
