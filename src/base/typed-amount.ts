import { currencyDecimals } from "./money.ts";
import { currencySigns } from "./shown.ts";

/** An amount in minor units of a currency. */
export interface Amount {
  readonly currency: string;
  readonly amountCents: number;
}

/** A sign or code before or after digits, which may be grouped. */
const TYPED = /^([^\d\s.,'-]{0,4}) ?(\d[\d.,' ]*?) ?([^\d\s.,'-]{0,4})$/;
const GROUPED = /^\d{1,3}(?:([.,' ])\d{2,3}(?:\1\d{2,3})*\1?)?$/;

/**
 * The amounts that a person may mean: `28`, `28,00`, `$28.00` and `1.200,50`, in each of the currencies. `12.500` is twelve
 * and a half dinars or twelve and a half thousand: both. Empty for a text that is no amount.
 */
export function typedAmounts(typed: string, currencies: readonly string[]): Amount[] {
  const [, before = "", digits = "", after = ""] =
    TYPED.exec(typed.normalize("NFKC").replaceAll("’", "'").replaceAll(/\s+/g, " ").trim()) ?? [];
  if (digits === "" || (before !== "" && after !== "" && before.toUpperCase() === after.toUpperCase())) return [];
  const signs = [before, after].filter((sign) => sign !== "").map((sign) => sign.toUpperCase());
  return currencies
    .filter((currency) => signs.every((sign) => currencySigns(currency).includes(sign)))
    .flatMap((currency) =>
      meanings(digits, currencyDecimals(currency)).map((amountCents) => ({ currency, amountCents })),
    );
}

/** The minor units that digits with separators can mean. */
function meanings(digits: string, decimals: number): number[] {
  const decimal = /^(.*)[.,](\d+)$/.exec(digits);
  const [, whole = "", rest = ""] = decimal ?? [];
  const texts = [
    isWhole(digits) ? digits + "0".repeat(decimals) : "",
    // The separator of decimals differs from that of groups: `1,200.50`, never `1.200.50`.
    decimal && rest.length <= decimals && isWhole(whole) && !whole.includes(digits.at(whole.length) ?? "")
      ? whole + rest.padEnd(decimals, "0")
      : "",
  ];
  const amounts = texts.filter((text) => text !== "").map((text) => Number(text.replaceAll(/\D/g, "")));
  return [...new Set(amounts)].filter((amount) => Number.isSafeInteger(amount));
}

/** True for digits that are not grouped, or grouped by one separator as India or the rest of the world does, three last. */
const isWhole = (digits: string) => /^\d+$/.test(digits) || (GROUPED.test(digits) && /[.,' ]\d{3}$/.test(digits));
