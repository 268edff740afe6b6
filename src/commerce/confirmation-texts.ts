import { moneyText } from "../base/money.ts";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import { intervalOf } from "./interval.ts";
import { type Tax, type TaxedBusiness, taxedText, taxOf, taxSuffix } from "./tax.ts";

/** The one fact of a business that its confirmation texts name. */
export interface NamedBusiness {
  readonly name: string;
}

/** What a confirmation text says of a price; `confirmationName` is plain ASCII. */
interface NamedPrice {
  readonly confirmationName: string;
  readonly unitAmountCents: number;
  readonly currency: string;
  readonly taxBehavior: Tax;
}

/** The price of a plan, which is charged again after each interval. */
interface PlanPrice extends NamedPrice {
  readonly billingInterval: Parameters<typeof intervalOf>[0]["billingInterval"];
}

/** A business with its setting about tax: the texts that name an amount end with it. */
type Seller = NamedBusiness & TaxedBusiness;

/** Starts a publisher-offer checkout: the offer, the bumps taken with it, and the total. */
export const checkoutText = (business: Seller, price: NamedPrice, bumps: readonly NamedPrice[] = []): string =>
  `Create checkout for ${offerPhrase(business, price, bumps)}`;

/** Starts a plan checkout: what recurs, and the setup charged once beside it. */
export const planText = (business: Seller, price: PlanPrice, setup?: NamedPrice): string =>
  `Create checkout for ${planPhrase(business, price, setup)}`;

/** Ends an open publisher-offer checkout. */
export const expireText = (business: Seller, price: NamedPrice, bumps: readonly NamedPrice[] = []): string =>
  `Expire open checkout for ${offerPhrase(business, price, bumps)}`;

/** Ends an open plan checkout. */
export const expirePlanText = (business: Seller, price: PlanPrice, setup?: NamedPrice): string =>
  `Expire open checkout for ${planPhrase(business, price, setup)}`;

/** Records the buyer's answer to an upsell or downsell. */
export const decisionText = (business: NamedBusiness): string =>
  `Record non-billing post-purchase decision for ${business.name} checkout`;

/** Creates review-only commission evidence for a checkout of this mode. */
export const evidenceText = (business: NamedBusiness, mode: StripeMode): string =>
  `Create review-only commission evidence for ${business.name} ${mode} checkout`;

/** Applies an owner's review action. */
export const reviewText = (business: NamedBusiness): string =>
  `Apply owner review action to ${business.name} commission ledger evidence`;

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

function offerPhrase(business: Seller, price: NamedPrice, bumps: readonly NamedPrice[]): string {
  const extras = bumps.length > 0 ? ` with ${listed(bumps.map((bump) => bump.confirmationName))}` : "";
  const total = taxedText(totalCents(price, bumps), price.currency, taxOf(business, [price, ...bumps]));
  return `${business.name} ${price.confirmationName}${extras} at ${total}`;
}

function planPhrase(business: Seller, price: PlanPrice, setup?: NamedPrice): string {
  const amount = `${moneyText(price.unitAmountCents, price.currency)} per ${intervalOf(price)}`;
  const recurring = `${business.name} ${price.confirmationName} at ${amount}`;
  const tax = taxSuffix(taxOf(business, setup ? [price, setup] : [price]));
  if (!setup) return `${recurring}${tax}`;
  return `${recurring} with ${setup.confirmationName} at ${moneyText(setup.unitAmountCents, setup.currency)}${tax}`;
}

/** `A`, `A and B`, `A, B and C`. */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  const before = names.slice(0, -1);
  return before.length === 0 ? last : `${before.join(", ")} and ${last}`;
}
