import { invalidInput, notFound } from "../../base/problem.ts";
import type { OfferRow } from "../../db/offers.ts";
import type { CheckoutTerms } from "./hosted-checkout.ts";

export const offerUri = (offerId: string) => `commerce://offers/${encodeURIComponent(offerId)}`;

/** The bumps that were asked for, in the order that the offer lists them: the text does not depend on the caller's. */
export function chosenBumps(beside: readonly OfferRow[], ids: readonly string[]): OfferRow[] {
  if (new Set(ids).size !== ids.length) throw invalidInput("orderBumpIds", "names a bump twice");
  const known = new Set(beside.map(({ offer }) => offer.publicOfferId));
  if (ids.some((id) => !known.has(id))) throw notFound();
  return beside.filter(({ offer }) => ids.includes(offer.publicOfferId));
}

/** A line as the checkout keeps it. */
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
