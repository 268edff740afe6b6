import { dayOf, endOfDay, isDay } from "../base/days.ts";
import { decimalText } from "../base/money.ts";
import { type Locale, shownMoney } from "../base/shown.ts";
import { type Amount, typedAmounts } from "../base/typed-amount.ts";
import type { Database } from "../db/database.ts";
import { type GrantLimits, MOST_A_DAY } from "../db/grant-limits.ts";
import { businessRow } from "../db/operations.ts";
import { currenciesUsed } from "../db/order-choices.ts";
import type { InvalidFields } from "./faults.ts";

/** The fields of a form with limits. */
type LimitField = "mostAmount" | "mostCurrency" | "mostADay" | "until";

/** The texts of the fields, as they are shown or were typed. */
export type LimitTexts = Readonly<Record<LimitField, string>>;

/** How the business writes amounts and days, and the currencies that its prices have. */
export interface LimitStyle extends Locale {
  readonly currencies: readonly string[];
}

/** A longer text is neither an amount nor a number. */
const LONGEST = 40;

/** The queries for `limitStyle`. */
export const limitStyleQueries = (store: { readonly db: Database; readonly ownerUserId: string }) => ({
  business: businessRow(store),
  currencies: currenciesUsed(store),
});

type StyleRows = {
  [K in keyof ReturnType<typeof limitStyleQueries>]: Awaited<ReturnType<typeof limitStyleQueries>[K]>;
};

/** The style among the rows of `limitStyleQueries`; a neutral one while the database has no business. */
export function limitStyle({ business, currencies }: StyleRows): LimitStyle {
  const { locale, timeZone } = business[0] ?? { locale: "en", timeZone: "UTC" };
  return { locale, timeZone, currencies: currencies.map(({ currency }) => currency) };
}

/** The texts of stored limits. An end that is over is left out: it can't be set again. */
export function textsOf(
  limits: GrantLimits | undefined,
  { currencies, timeZone }: LimitStyle,
  now: number,
): LimitTexts {
  const { mostCents = null, currency = null, mostADay = null, endsAt = null } = limits ?? {};
  return {
    mostAmount: mostCents === null || currency === null ? "" : decimalText(mostCents, currency),
    mostCurrency: currency ?? currencies[0] ?? "",
    mostADay: mostADay === null ? "" : String(mostADay),
    until: endsAt === null || endsAt <= now ? "" : dayOf(endsAt - 1, timeZone),
  };
}

/** The texts of a submitted form. A field that is not there is empty. */
export function typedLimits(form: URLSearchParams): LimitTexts {
  const text = (name: LimitField) => (form.get(name) ?? "").trim().slice(0, LONGEST + 1);
  return {
    mostAmount: text("mostAmount"),
    mostCurrency: text("mostCurrency"),
    mostADay: text("mostADay"),
    until: text("until"),
  };
}

/** True for a form without any limit. */
export const areEmpty = ({ mostAmount, mostADay, until }: LimitTexts): boolean =>
  mostAmount === "" && mostADay === "" && until === "";

/** The limits that a person typed, or which field breaks which rule. An empty field is no limit. */
export function readLimits(
  typed: LimitTexts,
  style: LimitStyle,
  now: number,
): { readonly kind: "valid_fields"; readonly limits: GrantLimits } | InvalidFields {
  const errors: Record<string, string> = {};
  const refuse = (field: string, rule: string) => {
    errors[field] = rule;
    return null;
  };
  const most = typed.mostAmount === "" ? null : mostIn(typed, style, refuse);
  const mostADay = typed.mostADay === "" ? null : wholeNumber(typed.mostADay, refuse);
  const endsAt = typed.until === "" ? null : endIn(typed.until, style, now, refuse);
  if (Object.keys(errors).length > 0) return { kind: "invalid_fields", errors };
  const limits = { mostCents: most?.amountCents ?? null, currency: most?.currency ?? null, mostADay, endsAt };
  return { kind: "valid_fields", limits };
}

type Refuse = (field: string, rule: string) => null;

function mostIn({ mostAmount, mostCurrency }: LimitTexts, style: LimitStyle, refuse: Refuse): Amount | null {
  const [only] = style.currencies;
  const currency = style.currencies.length === 1 && mostCurrency === "" ? only : mostCurrency;
  if (currency === undefined || !style.currencies.includes(currency)) {
    return refuse("mostCurrency", "Choose one of these currencies.");
  }
  const meant = mostAmount.length > LONGEST ? [] : typedAmounts(mostAmount, [currency]);
  // In a currency with three decimals `12.500` can be two amounts: the one that the business writes so counts.
  const own = meant.filter(({ amountCents }) => shownMoney(amountCents, currency, style).includes(mostAmount));
  const [amount, ...others] = meant.length > 1 ? own : meant;
  if (amount && others.length === 0) return amount;
  const example = decimalText(5000, currency);
  return refuse("mostAmount", `Write an amount in ${currency.toUpperCase()}, for example ${example}.`);
}

function wholeNumber(typed: string, refuse: Refuse): number | null {
  const number = /^\d{1,3}$/.test(typed) ? Number(typed) : Number.POSITIVE_INFINITY;
  return number <= MOST_A_DAY ? number : refuse("mostADay", `Write a whole number from 0 to ${MOST_A_DAY}.`);
}

function endIn(typed: string, { timeZone }: LimitStyle, now: number, refuse: Refuse): number | null {
  const today = dayOf(now, timeZone);
  if (isDay(typed) && typed >= today) return endOfDay(typed, timeZone);
  return refuse("until", `Write a day from ${today} on, in this form.`);
}
