import { moneyText } from "../base/money.ts";
import type { WriteMoney } from "../base/shown.ts";
import type { IntentRow } from "../db/checkouts.ts";
import type { BUSINESS_TAXES, TaxBehavior } from "../db/schema/vocabulary.ts";

/** How the amounts of a checkout stand to tax; null where no tax is calculated. */
export type Tax = TaxBehavior | null;

/** The setting of a business that decides about tax. */
export interface TaxedBusiness {
  readonly tax: (typeof BUSINESS_TAXES)[number];
}

/** The tax behaviour that a checkout's prices share. Throws where they do not, which the check of the seeds refuses. */
export function taxOf({ tax }: TaxedBusiness, prices: readonly { readonly taxBehavior: Tax }[]): Tax {
  if (tax === "none") return null;
  const [behavior, ...others] = new Set(prices.map(({ taxBehavior }) => taxBehavior));
  if (!behavior || others.length > 0) throw new Error("the prices of a checkout share one tax behaviour");
  return behavior;
}

const WORDS: Readonly<Record<TaxBehavior, string>> = { exclusive: "plus tax", inclusive: "tax included" };

/** What follows an amount: `plus tax`, `tax included`, or nothing. The buyer's address decides how much tax is added. */
export const taxSuffix = (tax: Tax): string => (tax === null ? "" : ` ${WORDS[tax]}`);

/** `9.00 USD plus tax`, with the amount as `write` writes it. */
export const taxedText = (amountCents: number, currency: string, tax: Tax, write: WriteMoney = moneyText): string =>
  `${write(amountCents, currency)}${taxSuffix(tax)}`;

/** A price as the catalog has it. */
interface CatalogPrice {
  readonly unitAmountCents: number;
  readonly currency: string;
  readonly taxBehavior: Tax;
}

/** The price of an upsell or downsell, which is shown and not sold. It may have no tax behaviour. */
export function shownMoneyOf({ tax }: TaxedBusiness, { unitAmountCents, currency, taxBehavior }: CatalogPrice) {
  return { amountCents: unitAmountCents, currency, taxBehavior: tax === "none" ? null : taxBehavior };
}

/** `shownMoneyOf` as text. */
export function shownPriceText(business: TaxedBusiness, price: CatalogPrice, write: WriteMoney = moneyText): string {
  const { amountCents, currency, taxBehavior } = shownMoneyOf(business, price);
  return taxedText(amountCents, currency, taxBehavior, write);
}

type TaxedAmount = Pick<IntentRow, "amountCents" | "currency" | "taxBehavior" | "taxCents">;

/** The confirmed amount of a checkout with its tax, as far as Stripe has told it: `9.00 USD plus 0.81 USD tax`. */
export function confirmedText(
  { amountCents, currency, taxBehavior, taxCents }: TaxedAmount,
  write: WriteMoney = moneyText,
): string {
  if (taxBehavior === null || taxCents === null) return taxedText(amountCents, currency, taxBehavior, write);
  const tax = `${write(taxCents, currency)} tax`;
  return `${write(amountCents, currency)} ${taxBehavior === "exclusive" ? `plus ${tax}` : `with ${tax} included`}`;
}

/** What was paid for a checkout, with the tax in it: `9.81 USD, of which 0.81 USD is tax`. */
export function paidText(
  { paidCents, currency, taxCents }: Pick<IntentRow, "paidCents" | "currency" | "taxCents">,
  write: WriteMoney = moneyText,
): string {
  if (paidCents === null) return "nothing";
  const paid = write(paidCents, currency);
  return taxCents === null ? paid : `${paid}, of which ${write(taxCents, currency)} is tax`;
}
