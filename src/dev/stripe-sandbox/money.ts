const NO_DECIMALS = new Set("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(" "));
/** The currencies of three decimals, in capitals. */
export const THREE_DECIMALS = new Set("BHD JOD KWD OMR TND".split(" "));

/** `900`, `usd` as `9.00 USD`, with the decimals that Stripe uses for the currency. */
export function formatAmount(amount: number, currency: string): string {
  const code = currency.toUpperCase();
  const decimals = NO_DECIMALS.has(code) ? 0 : THREE_DECIMALS.has(code) ? 3 : 2;
  return `${(amount / 10 ** decimals).toFixed(decimals)} ${code}`;
}
