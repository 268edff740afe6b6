import type { Business } from "../business-shape.ts";
import type { Fault } from "../faults.ts";
import { checker } from "./checker.ts";

/** Faults among products, prices and offer stacks. */
export function catalogFaults({ files }: Business): Fault[] {
  const { products } = files.products;
  const { prices } = files.prices;
  const { stacks } = files.offers;
  const productIds = new Set(products.map((product) => product.id));
  const priceById = new Map(prices.map((price) => [price.id, price]));

  const ofProducts = checker("products.json");
  ofProducts.unique(
    products.map((product) => product.id),
    (index) => ["products", index, "id"],
  );
  ofProducts.unique(
    products.map((product) => product.slug),
    (index) => ["products", index, "slug"],
  );

  const ofPrices = checker("prices.json");
  ofPrices.unique(
    prices.map((price) => price.id),
    (index) => ["prices", index, "id"],
  );
  const mapped = prices.flatMap(({ stripePriceId }, index) =>
    stripePriceId === null ? [] : [{ stripePriceId, index }],
  );
  ofPrices.unique(
    mapped.map(({ stripePriceId }) => stripePriceId),
    (at) => ["prices", mapped[at]?.index ?? 0, "stripePriceId"],
  );
  for (const [index, price] of prices.entries()) {
    ofPrices.known(["prices", index, "productId"], price.productId, productIds, "a product");
  }

  const ofOffers = checker("offers.json");
  if (stacks.length === 0 && files.plans.plans.length === 0) {
    ofOffers.fail(["stacks"], "must hold a stack with an offer, or plans.json a plan: there is nothing to sell");
  }
  ofOffers.unique(
    stacks.map((stack) => stack.id),
    (index) => ["stacks", index, "id"],
  );
  const flat = stacks.flatMap((stack, s) =>
    stack.offers.map((offer, o) => ({ offer, path: ["stacks", s, "offers", o] })),
  );
  for (const field of ["id", "publicOfferId"] as const) {
    ofOffers.unique(
      flat.map(({ offer }) => offer[field]),
      (index) => [...(flat[index]?.path ?? []), field],
    );
  }
  for (const { offer, path } of flat) {
    ofOffers.known([...path, "productId"], offer.productId, productIds, "a product");
    ofOffers.known([...path, "priceId"], offer.priceId, priceById, "a price");
    const price = priceById.get(offer.priceId);
    if (price && price.productId !== offer.productId) {
      ofOffers.fail([...path, "priceId"], `must be a price of ${offer.productId}`);
    }
  }
  for (const [index, stack] of stacks.entries()) {
    const path = ["stacks", index, "offers"];
    const count = (role: string) => stack.offers.filter((offer) => offer.role === role).length;
    if (count("primary") !== 1) ofOffers.fail(path, "must hold exactly one primary offer");
    for (const role of ["upsell", "downsell"]) {
      if (count(role) > 1) ofOffers.fail(path, `must hold at most one ${role}`);
    }
    if (new Set(stack.offers.map(({ stripeMode }) => stripeMode)).size > 1)
      ofOffers.fail(path, "must have one stripeMode");
    const currencies = new Set(stack.offers.flatMap((offer) => priceById.get(offer.priceId)?.currency ?? []));
    if (currencies.size > 1) ofOffers.fail(path, "must be priced in one currency");
  }
  return [...ofProducts.faults, ...ofPrices.faults, ...ofOffers.faults];
}
