import { moneyText } from "../base/money.ts";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import { intervalOf } from "./interval.ts";
import { type Tax, type TaxedBusiness, taxedText, taxOf, taxSuffix } from "./tax.ts";

/** The one fact of a business that its confirmation texts name, in plain ASCII. */
export interface NamedBusiness {
  readonly confirmationName: string;
}

/** What a confirmation text says of a price; `confirmationName` is plain ASCII. */
interface NamedPrice {
  readonly confirmationName: string;
  readonly unitAmountCents: number;
  readonly currency: string;
}

/** The price of a plan, which is charged again after each interval. */
type PlanPrice = NamedPrice & Parameters<typeof intervalOf>[0];

/** A price that is for sale now, with what it says of tax. */
interface ForSale {
  readonly taxBehavior: Tax;
}

/** A business with its setting about tax: the texts that name an amount end with it. */
type Seller = NamedBusiness & TaxedBusiness;

/** Starts a publisher-offer checkout: the offer, the bumps taken with it, and the total. */
export const checkoutText = (
  business: Seller,
  price: NamedPrice & ForSale,
  bumps: readonly (NamedPrice & ForSale)[] = [],
): string => `Create checkout for ${offerPhrase(business, price, bumps, taxOf(business, [price, ...bumps]))}`;

/** Starts a plan checkout: what recurs, and the setup charged once beside it. */
export const planText = (business: Seller, price: PlanPrice & ForSale, setup?: NamedPrice & ForSale): string =>
  `Create checkout for ${planPhrase(business, price, setup, taxOf(business, setup ? [price, setup] : [price]))}`;

/** Ends an open publisher-offer checkout, which was confirmed with this tax. */
export const expireText = (
  business: NamedBusiness,
  price: NamedPrice,
  bumps: readonly NamedPrice[],
  tax: Tax,
): string => `Expire open checkout for ${offerPhrase(business, price, bumps, tax)}`;

/** Ends an open plan checkout, which was confirmed with this tax. */
export const expirePlanText = (
  business: NamedBusiness,
  price: PlanPrice,
  setup: NamedPrice | undefined,
  tax: Tax,
): string => `Expire open checkout for ${planPhrase(business, price, setup, tax)}`;

/** Records the buyer's answer to an upsell or downsell. */
export const decisionText = (business: NamedBusiness): string =>
  `Record non-billing post-purchase decision for ${business.confirmationName} checkout`;

/** Creates review-only commission evidence for a checkout of this mode. */
export const evidenceText = (business: NamedBusiness, mode: StripeMode): string =>
  `Create review-only commission evidence for ${business.confirmationName} ${mode} checkout`;

/** Applies an owner's review action. */
export const reviewText = (business: NamedBusiness): string =>
  `Apply owner review action to ${business.confirmationName} commission ledger evidence`;

/** Notes that access should be removed. */
export const revocationText = (): string => "Record product access removal intent";

/** Stores a private product file. */
export const uploadText = (): string => "Create private product asset upload intent";

type CountedPrice = Pick<NamedPrice, "unitAmountCents" | "currency">;

/** The total of a checkout in minor units. Throws on prices of several currencies. */
export function totalCents(price: CountedPrice, others: readonly CountedPrice[]): number {
  for (const other of others) {
    if (other.currency !== price.currency) throw new Error(`${other.currency} cannot be added to ${price.currency}`);
  }
  return others.reduce((sum, other) => sum + other.unitAmountCents, price.unitAmountCents);
}

function offerPhrase(business: NamedBusiness, price: NamedPrice, bumps: readonly NamedPrice[], tax: Tax): string {
  const extras = bumps.length > 0 ? ` with ${listed(bumps.map((bump) => bump.confirmationName))}` : "";
  const total = taxedText(totalCents(price, bumps), price.currency, tax);
  return `${business.confirmationName} ${price.confirmationName}${extras} at ${total}`;
}

function planPhrase(business: NamedBusiness, price: PlanPrice, setup: NamedPrice | undefined, tax: Tax): string {
  const amount = `${moneyText(price.unitAmountCents, price.currency)} per ${intervalOf(price)}`;
  const recurring = `${business.confirmationName} ${price.confirmationName} at ${amount}`;
  const extra = setup && ` with ${setup.confirmationName} at ${moneyText(setup.unitAmountCents, setup.currency)}`;
  return `${recurring}${extra ?? ""}${taxSuffix(tax)}`;
}

/** `A`, `A and B`, `A, B and C`. */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  const before = names.slice(0, -1);
  return before.length === 0 ? last : `${before.join(", ")} and ${last}`;
}
