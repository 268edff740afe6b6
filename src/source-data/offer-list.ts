import { isOnSale } from "../db/offers.ts";
import type { StripeMode } from "../db/schema/vocabulary.ts";
import { soldMode } from "../db/sold-mode.ts";
import type { CommerceRows } from "../db/source-data.ts";

type Offer = CommerceRows["offers"][number];

/** The stacks whose primary offer is on sale, in catalog order, with the offers of each. */
export function stacksOnSale(rows: Pick<CommerceRows, "stacks" | "offers" | "prices" | "products">) {
  const priceById = new Map(rows.prices.map((price) => [price.id, price]));
  const productById = new Map(rows.products.map((product) => [product.id, product]));
  const sold = rows.offers.filter(({ priceId, productId }) => {
    const [price, product] = [priceById.get(priceId), productById.get(productId)];
    return price && product && isOnSale({ price, product });
  });
  const ofStack = Map.groupBy(sold, ({ offerStackId }) => offerStackId);
  return rows.stacks.flatMap((stack) => {
    const offers = ofStack.get(stack.id) ?? [];
    return offers.some(({ role }) => role === "primary") ? [{ stack, offers }] : [];
  });
}

/** Every offer on sale with its order bumps, in catalog order, in the mode that it is sold in here. */
export function offerList(rows: CommerceRows, maxMode: StripeMode | null) {
  const priceById = new Map(rows.prices.map((price) => [price.id, price]));
  const amountOf = ({ priceId }: Offer) => {
    const price = priceById.get(priceId);
    if (!price) throw new Error(`${priceId} is not a price`);
    return { amountCents: price.unitAmountCents, currency: price.currency };
  };
  return stacksOnSale(rows).flatMap(({ offers }) =>
    offers
      .filter(({ role }) => role === "primary")
      .map((offer) => ({
        id: offer.publicOfferId,
        name: offer.name,
        summary: offer.summary,
        ...amountOf(offer),
        mode: soldMode(offer.stripeMode, { maxMode }),
        orderBumps: offers
          .filter(({ role }) => role === "order_bump")
          .map((bump) => ({ id: bump.publicOfferId, name: bump.name, ...amountOf(bump) })),
      })),
  );
}
