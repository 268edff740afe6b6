import { moneyText } from "../../base/money.ts";
import { invalidInput, notFound, Problem } from "../../base/problem.ts";
import { isOnSale, type OfferRow } from "../../db/offers.ts";
import type { BusinessRow } from "../../db/operations.ts";
import { soldMode } from "../../db/sold-mode.ts";
import type { Context } from "../../kernel/context.ts";
import { quotedText } from "../../pages/untrusted-text.ts";
import { taxOf } from "../tax.ts";
import type { CheckoutTerms } from "./hosted-checkout.ts";

export const offerUri = (offerId: string) => `commerce://offers/${encodeURIComponent(offerId)}`;

/** The most order bumps of one checkout. */
export const BUMPS_AT_ONCE = 10;

/** The chosen bumps in the order that the offer has them, so that the confirmation text is the same for every order of `ids`. */
export function chosenBumps(offerId: string, beside: readonly OfferRow[], ids: readonly string[]): OfferRow[] {
  if (new Set(ids).size !== ids.length) throw invalidInput("orderBumpIds", "names a bump twice");
  const known = new Set(beside.map(({ offer }) => offer.publicOfferId));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) {
    assertIdToUse("orderBumpIds", unknown, beside, offerUri(offerId));
    throw notFound("orderBumpIds", offerUri(offerId));
  }
  return beside.filter(({ offer }) => ids.includes(offer.publicOfferId));
}

/**
 * Throws `invalid_input` with the id to use where `id` is the stack's own id of one of the offers. A call is known by its
 * arguments: with two ids for one offer, one key would conflict with itself, and a declined approval of one spelling would
 * not hold for the other.
 */
export function assertIdToUse(field: string, id: string, offers: readonly OfferRow[], resource: string): void {
  const own = offers.find(({ offer }) => offer.id === id && offer.publicOfferId !== id);
  if (!own) return;
  const { detail } = invalidInput(field, `this is called ${own.offer.publicOfferId} here; send that id`).details;
  throw new Problem("invalid_input", { detail, field, resource });
}

/** What an offer is and costs, as the list and the offer itself tell it. */
export function offerFields({ offer, price }: OfferRow, business: BusinessRow, ctx: Pick<Context, "maxMode">) {
  const taxBehavior = taxOf(business, [price]);
  return {
    name: quotedText(offer.name),
    summary: quotedText(offer.summary),
    amountCents: price.unitAmountCents,
    amountText: moneyText(price.unitAmountCents, price.currency),
    currency: price.currency,
    ...(taxBehavior && { taxBehavior }),
    stripeMode: soldMode(offer.stripeMode, ctx),
    status: offer.status,
  };
}

/** What stands in the way of a purchase, where the offer or one of the bumps taken with it is off sale. */
export function offSaleWords(rows: readonly OfferRow[]): string | undefined {
  const off = rows.find((row) => !isOnSale(row));
  return off && `${off.offer.publicOfferId} is not on sale.`;
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
