import { moneyText } from "../base/money.ts";
import type { QuestionLine } from "../kernel/confirmed-write.ts";
import type { Tax } from "./tax.ts";

/** An amount as it is confirmed, before tax that is added, with the tax in minor units where Stripe has told it. */
interface TaxedMoney {
  readonly amountCents: number;
  readonly currency: string;
  readonly taxBehavior: Tax;
  readonly taxCents?: number | null;
}

/** The lines about money: the amount before tax, or with it where it is included, and what tax does to it. */
export function moneyLines(
  name: string,
  { amountCents, currency, taxBehavior, taxCents = null }: TaxedMoney,
): readonly [amount: QuestionLine, tax: QuestionLine] {
  const known = taxCents === null ? "" : `${moneyText(taxCents, currency)}, `;
  return [
    {
      label: taxBehavior === "inclusive" ? `${name}, tax included` : `${name} before tax`,
      value: moneyText(amountCents, currency),
    },
    { label: "Tax", value: taxBehavior === null ? "none is added" : `${known}${WORDS[taxBehavior]}` },
  ];
}

const WORDS = { exclusive: "added, by the buyer's address", inclusive: "included" } as const;
