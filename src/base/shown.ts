import { currencyDecimals, moneyText } from "./money.ts";

/** How a business writes amounts and times on its pages. */
export interface Locale {
  /** BCP 47. */
  readonly locale: string;
  /** A zone of the IANA database. */
  readonly timeZone: string;
}

/** Writes an amount in minor units: `moneyText`, or `shownMoney` in a locale. */
export type WriteMoney = (amountCents: number, currency: string) => string;

/** Intl's formats are costly to build: one for each locale, currency or zone that an isolate meets. */
const built = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function once<F extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, build: () => F): F {
  const known = (built.get(key) as F | undefined) ?? build();
  built.set(key, known);
  return known;
}

/**
 * Minor units as people of the locale write them, always with the currency's code: `$9.00 USD`, `￥4,800 JPY`,
 * `12,500 KWD`. Confirmation texts write amounts by `moneyText`.
 */
export function shownMoney(amountCents: number, currency: string, { locale }: Pick<Locale, "locale">): string {
  const [amount = "", code = ""] = moneyText(amountCents, currency).split(" ");
  const decimals = currencyDecimals(currency);
  const format = once(
    `${locale} ${code}`,
    () =>
      new Intl.NumberFormat(locale, {
        style: "currency",
        currency: code,
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      }),
  );
  // As a text, since a number holds not every amount of a currency with decimals.
  const parts = format.formatToParts(amount as `${number}`);
  const written = parts.map(({ value }) => value).join("");
  return parts.some(({ type, value }) => type === "currency" && value === code) ? written : `${written} ${code}`;
}

/** What people write for a currency beside its amount, in capitals: its code and its signs, `USD` and `$`. */
export function currencySigns(currency: string): readonly string[] {
  const code = currency.toUpperCase();
  const signs = (["symbol", "narrowSymbol"] as const).map((currencyDisplay) => {
    const format = new Intl.NumberFormat("en", { style: "currency", currency: code, currencyDisplay });
    return format.formatToParts(0).find(({ type }) => type === "currency")?.value ?? code;
  });
  return [...new Set([code, ...signs.map((sign) => sign.toUpperCase())])];
}

const DAY = { year: "numeric", month: "short", day: "numeric" } as const;
const MINUTE = { ...DAY, hour: "numeric", minute: "2-digit", timeZoneName: "short" } as const;

/** An instant to the minute, in the time zone of the business and with its name: `Nov 29, 2026, 9:00 AM UTC`. */
export const shownTime = (instant: number, shown: Locale): string => dates(shown, "minute", MINUTE).format(instant);

/** The day of an instant in the time zone of the business: `Nov 29, 2026`. */
export const shownDay = (instant: number, shown: Locale): string => dates(shown, "day", DAY).format(instant);

const dates = ({ locale, timeZone }: Locale, name: string, options: Intl.DateTimeFormatOptions) =>
  once(`${locale} ${timeZone} ${name}`, () => new Intl.DateTimeFormat(locale, { ...options, timeZone }));

/** The language of a locale, as `lang` names it: `de` of `de-DE`. */
export const languageOf = (locale: string): string => new Intl.Locale(locale).language;
