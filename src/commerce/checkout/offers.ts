import { invalidInput, notFound } from "../../base/problem.ts";
import type { OfferRow } from "../../db/offers.ts";
import type { CheckoutTerms } from "./hosted-checkout.ts";

export const offerUri = (offerId: string) => `commerce://offers/${encodeURIComponent(offerId)}`;

/** The most order bumps of one checkout. */
export const BUMPS_AT_ONCE = 10;

/** The chosen bumps in the order that the offer has them, so that the confirmation text is the same for every order of `ids`. */
export function chosenBumps(offerId: string, beside: readonly OfferRow[], ids: readonly string[]): OfferRow[] {
  if (new Set(ids).size !== ids.length) throw invalidInput("orderBumpIds", "names a bump twice");
  const known = new Set(beside.map(({ offer }) => offer.publicOfferId));
  if (ids.some((id) => !known.has(id))) throw notFound("orderBumpIds", offerUri(offerId));
  return beside.filter(({ offer }) => ids.includes(offer.publicOfferId));
}

/** The stored line of a checkout. */
export function lineOf({ offer, price }: OfferRow): CheckoutTerms["lines"][number] {
  return {
    role: offer.role === "order_bump" ? "order_bump" : "primary",
    offerId: offer.publicOfferId,
    productId: offer.productId,
    priceId: price.id,
    name: offer.name,
    unitAmountCents: price.unitAmountCents,
  };
}
