import type { TaxBehavior } from "../db/schema/vocabulary.ts";

/** The amounts of a session or an invoice, in minor units of its own currency, which Adaptive Pricing does not change. */
export interface ReportedAmounts {
  /** What is charged: after discounts, with shipping and all tax; null where Stripe leaves it out. */
  readonly totalCents: number | null;
  /** All of the tax, added to the prices or included in them. Before the buyer gives an address it is 0. */
  readonly taxCents: number;
  readonly discountCents: number;
  readonly shippingCents: number;
}

/** What a person confirmed: an amount, and how it stands to tax. Null: the sentence said nothing of tax. */
interface ConfirmedAmount {
  readonly amountCents: number;
  readonly taxBehavior: TaxBehavior | null;
}

/** Whether the amounts are the confirmed one, without discount and shipping, and with tax only where the sentence said so. */
export function isConfirmedAmount(amounts: ReportedAmounts, { amountCents, taxBehavior }: ConfirmedAmount): boolean {
  const { totalCents, taxCents, discountCents, shippingCents } = amounts;
  if (totalCents === null || discountCents !== 0 || shippingCents !== 0) return false;
  switch (taxBehavior) {
    case null:
      return taxCents === 0 && totalCents === amountCents;
    case "exclusive":
      return totalCents - taxCents === amountCents;
    case "inclusive":
      return totalCents === amountCents;
  }
}
