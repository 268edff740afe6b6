import { currencyDecimals } from "../../base/money.ts";

/**
 * Active currencies of ISO 4217 that Stripe charges ("Supported currencies" and its three-decimal currencies). Those that
 * a newer currency has replaced are left out, as `bgn` and `ang`.
 */
const CHARGED: ReadonlySet<string> = new Set(
  `aed afn all amd aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve
  czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs
  khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd
  omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd szl thb tjs tnd top try ttd twd
  tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw`.split(/\s+/),
);

/**
 * Currencies whose minor unit at Stripe differs from ISO 4217 ("Zero-decimal currencies", "Special cases"): a text would
 * name another amount than is charged. Stripe's rules for HUF and TWD are about payouts.
 */
const COUNTED_OTHERWISE: ReadonlySet<string> = new Set(["isk", "mga", "ugx"]);

/** The least charges in minor units ("Minimum charge amount by currency"). */
const LEAST: Readonly<Record<string, number>> = {
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

/** The most that every way to pay can charge, in minor units: eight digits, and more in these currencies. */
const MOST: Readonly<Record<string, number>> = { idr: 999_999_999_999, cop: 9_999_999_999, inr: 999_999_999 };
const MOST_ELSEWHERE = 99_999_999;

/** Characters in the name of a product. */
export const PRODUCT_NAME = 250;

/** Why prices can't be in a currency, with a way out; undefined where they can. */
export function currencyFault(code: string): string | undefined {
  if (!CHARGED.has(code)) {
    const lower = code.trim().toLowerCase();
    if (CHARGED.has(lower)) return `must be in lower case: write ${lower}`;
    return `must be the code of a currency that Stripe charges, in lower case, as usd or jpy: ${code} is none`;
  }
  if (!COUNTED_OTHERWISE.has(code)) return undefined;
  return `must be a currency that Stripe counts as ISO 4217 does: Stripe counts ${code} otherwise, so use another one`;
}

/** What Stripe takes in one charge, in minor units. */
interface ChargeLimits {
  readonly least: number;
  readonly most: number;
  /** Amounts are multiples of it. */
  readonly step: number;
}

/**
 * Stripe's limits for a charge in a currency. Stripe lists no least amount for most currencies: it then depends on the
 * currency that the business is paid out in, which the catalog does not tell.
 */
export function chargeLimits(currency: string): ChargeLimits {
  // "Three-decimal currencies": the last digit is 0.
  const step = currencyDecimals(currency) === 3 ? 10 : 1;
  return { least: LEAST[currency] ?? step, most: MOST[currency] ?? MOST_ELSEWHERE, step };
}
