import type { Account } from "./account.ts";
import type { WirePrice } from "./line-items.ts";

/** The rate at which Stripe as merchant of record taxes, as a buyer's order of HK$98 became one of HK$106.82. */
const MANAGED_PERCENT = 9;

/** The tax of one amount. */
export interface Tax {
  amount: number;
  behavior: "exclusive" | "inclusive";
  /** The amount on which it is calculated. */
  taxable: number;
  /** The id of Stripe's tax rate. */
  rate: string;
}

/** A session, subscription or invoice, as far as tax is about it. */
interface Taxed {
  automatic_tax: { enabled: boolean };
  managed_payments?: { enabled: boolean } | null;
}

/** The percentage of an object's tax; null where nothing calculates one. */
export function taxPercent({ automatic_tax, managed_payments }: Taxed, { tax }: Account): number | null {
  if (!automatic_tax.enabled) return null;
  if (managed_payments?.enabled) return MANAGED_PERCENT;
  if (tax === null) throw new Error("A taxed object outlived Stripe Tax; the control call refuses that.");
  return tax.percent;
}

/** The tax of a line at a percentage, rounded by line. A price that leaves `tax_behavior` open follows the account: exclusive. */
export function taxOn(amount: number, { tax_behavior }: Pick<WirePrice, "tax_behavior">, percent: number): Tax {
  const behavior = tax_behavior === "inclusive" ? "inclusive" : "exclusive";
  const tax = Math.round((amount * percent) / (behavior === "inclusive" ? 100 + percent : 100));
  const taxable = behavior === "inclusive" ? amount - tax : amount;
  return { amount: tax, behavior, taxable, rate: `txr_sandbox_${String(percent).replace(".", "_")}` };
}

/** The tax that is added to the amounts; the rest of it is contained in them. */
export function added(taxes: readonly Tax[]): number {
  return sum(taxes.filter(({ behavior }) => behavior === "exclusive"));
}

/** All of the tax. */
export function sum(taxes: readonly Tax[]): number {
  return taxes.reduce((total, { amount }) => total + amount, 0);
}
