import { invalid, type Refusal, refused } from "./errors.ts";
import { formatAmount, THREE_DECIMALS } from "./money.ts";

/** "Supported currencies" of Stripe's documentation. */
const SUPPORTED: ReadonlySet<string> = new Set(
  `usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp
  cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk
  jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn
  nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std
  szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw`.split(/\s+/),
);

/**
 * "Minimum charge amount by currency", in minor units. For a currency beside these the least amount depends on the
 * currency of the shop's bank account, which the sandbox does not simulate: each amount passes.
 */
export const LEAST: Readonly<Record<string, number>> = {
  aed: 200,
  ars: 50,
  aud: 50,
  brl: 50,
  cad: 50,
  chf: 50,
  cop: 50,
  czk: 1_500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
  idr: 50,
  ils: 50,
  inr: 50,
  jpy: 50,
  krw: 50,
  mxn: 1_000,
  myr: 200,
  nok: 300,
  nzd: 50,
  php: 50,
  pln: 200,
  ron: 200,
  rub: 50,
  sek: 300,
  sgd: 50,
  thb: 1_000,
  usd: 50,
  zar: 50,
};

/** "Maximum charge amount by currency": eight digits, and more in these currencies. */
const MOST: Readonly<Record<string, number>> = { cop: 9_999_999_999, idr: 999_999_999_999, inr: 999_999_999 };
const MOST_ELSEWHERE = 99_999_999;

/** Currencies without decimals that Stripe counts with two: the last two digits are 0. */
const COUNTED_IN_HUNDREDTHS: ReadonlySet<string> = new Set(["isk", "ugx"]);

/** Throws where Stripe does not know the currency. */
export function assertCurrency(code: string, param: string): void {
  if (SUPPORTED.has(code)) return;
  throw invalid(
    param,
    `Invalid currency: ${code}. Stripe currently supports these currencies: ${[...SUPPORTED].join(", ")}`,
  );
}

/** Throws where an amount has digits that Stripe does not charge in this currency. */
export function assertDigits(amount: number, currency: string, param: string): void {
  const step = THREE_DECIMALS.has(currency.toUpperCase()) ? 10 : COUNTED_IN_HUNDREDTHS.has(currency) ? 100 : 1;
  if (amount % step === 0) return;
  throw invalid(param, `Amounts in ${currency} must be evenly divisible by ${step}.`);
}

/** Throws where the sum due is less than the least or more than the most charge of its currency. A sum of 0 is not charged. */
export function assertChargeable(total: number, currency: string): void {
  const least = LEAST[currency] ?? 0;
  if (total > 0 && total < least) {
    throw outside(
      "amount_too_small",
      `The Checkout Session's total amount due must add up to at least ${formatAmount(least, currency)}`,
    );
  }
  const most = MOST[currency] ?? MOST_ELSEWHERE;
  if (total > most) {
    throw outside(
      "amount_too_large",
      `The Checkout Session's total amount due must be no more than ${formatAmount(most, currency)}`,
    );
  }
}

/** Stripe names no parameter: the sum is over all lines. */
function outside(code: "amount_too_large" | "amount_too_small", message: string): Refusal {
  return refused(message, code);
}
