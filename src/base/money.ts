/** Currencies whose minor unit is not a hundredth, as ISO 4217 lists them. */
const DECIMALS: Readonly<Record<string, number>> = {
  bif: 0,
  clp: 0,
  djf: 0,
  gnf: 0,
  isk: 0,
  jpy: 0,
  kmf: 0,
  krw: 0,
  pyg: 0,
  rwf: 0,
  ugx: 0,
  uyi: 0,
  vnd: 0,
  vuv: 0,
  xaf: 0,
  xof: 0,
  xpf: 0,
  bhd: 3,
  iqd: 3,
  jod: 3,
  kwd: 3,
  lyd: 3,
  omr: 3,
  tnd: 3,
  clf: 4,
  uyw: 4,
};

/** How many decimals the currency's minor unit has. A test compares them with the list of ISO 4217. */
export function currencyDecimals(currency: string): number {
  const code = currency.toLowerCase();
  return Object.hasOwn(DECIMALS, code) ? (DECIMALS[code] ?? 2) : 2;
}

/** Minor units as confirmation texts write them: `900`, `usd` gives `9.00 USD`. Plain ASCII, no grouping. */
export function moneyText(amountCents: number, currency: string): string {
  if (!/^[a-z]{3}$/i.test(currency)) throw new RangeError("a currency is three letters");
  return `${decimalText(amountCents, currency)} ${currency.toUpperCase()}`;
}

/** Minor units as a plain decimal number: `900`, `usd` gives `9.00`. No grouping, no currency. */
export function decimalText(amountCents: number, currency: string): string {
  requireAmount(amountCents);
  const decimals = currencyDecimals(currency);
  const digits = String(amountCents).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`;
}

/**
 * The share of an amount at a rate in basis points, in minor units, rounded half to even.
 * Exact for every safe integer: no floating point takes part.
 */
export function commissionCents(amountCents: number, rateBps: number): number {
  requireAmount(amountCents);
  if (!Number.isInteger(rateBps) || rateBps < 0 || rateBps > 10_000) {
    throw new RangeError("a rate is an integer of 0 to 10000 basis points");
  }
  const product = BigInt(amountCents) * BigInt(rateBps);
  const whole = product / 10_000n;
  const rest = product % 10_000n;
  const up = rest > 5_000n || (rest === 5_000n && whole % 2n === 1n);
  return Number(up ? whole + 1n : whole);
}

function requireAmount(amountCents: number): void {
  if (!Number.isSafeInteger(amountCents) || amountCents < 0 || Object.is(amountCents, -0)) {
    throw new RangeError("an amount is a safe integer of minor units, zero or more");
  }
}
