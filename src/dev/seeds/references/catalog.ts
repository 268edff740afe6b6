import type { Business } from "../business-shape.ts";
import type { Fault } from "../faults.ts";
import { allRowsOf } from "../recover.ts";
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
    ofPrices.known(["prices", index, "productId"], price.productId, productIds, "a product", "products.json");
  }

  const ofOffers = checker("offers.json");
  if (stacks.length === 0 && files.plans.plans.length === 0) {
    ofOffers.fail(["stacks"], "must hold a stack with an offer, or plans.json a plan: there is nothing to sell", [
      allRowsOf("offers.json"),
      allRowsOf("plans.json"),
    ]);
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
  // Both ids of an offer are read, so no id may name two offers.
  const publicIds = new Map(flat.map(({ offer }) => [offer.publicOfferId, offer]));
  for (const { offer, path } of flat) {
    const other = publicIds.get(offer.id);
    if (other && other !== offer && other.id !== offer.id) {
      ofOffers.fail([...path, "id"], `must not be the publicOfferId of another offer, ${other.id}: rename one`, [
        other.id,
      ]);
    }
    ofOffers.known([...path, "productId"], offer.productId, productIds, "a product", "products.json");
    ofOffers.known([...path, "priceId"], offer.priceId, priceById, "a price", "prices.json");
    const price = priceById.get(offer.priceId);
    if (price && price.productId !== offer.productId) {
      const ofProduct = prices.filter(({ productId }) => productId === offer.productId).map(({ id }) => id);
      const ways = ofProduct.length > 0 ? `, such as ${ofProduct.slice(0, 3).join(", ")}` : ": add one to prices.json";
      ofOffers.fail([...path, "priceId"], `must be a price of ${offer.productId}${ways}`, [offer.productId]);
    }
    if (price && price.billingInterval !== "one_time") {
      const rule = `must be a price that is paid once, and ${price.id} is billed by ${price.billingInterval}`;
      ofOffers.fail([...path, "priceId"], `${rule}: sell it as a plan in plans.json`);
    }
  }
  for (const [index, stack] of stacks.entries()) {
    const path = ["stacks", index, "offers"];
    const count = (role: string) => stack.offers.filter((offer) => offer.role === role).length;
    if (count("primary") === 0) {
      ofOffers.fail(path, 'must hold a primary offer, which the others stand beside: give one the role "primary"');
    }
    if (count("primary") > 1) {
      const reason = "the bumps and what is offered after payment belong to one sale";
      ofOffers.fail(path, `must hold one primary offer, since ${reason}: give each of the others a stack of its own`);
    }
    for (const role of ["upsell", "downsell"]) {
      if (count(role) > 1) ofOffers.fail(path, `must hold at most one ${role}: give the other a stack of its own`);
    }
    if (new Set(stack.offers.map(({ stripeMode }) => stripeMode)).size > 1)
      ofOffers.fail(path, "must have one stripeMode: one payment holds them, so set all to sandbox or all to live");
    const currencies = new Set(stack.offers.flatMap((offer) => priceById.get(offer.priceId)?.currency ?? []));
    if (currencies.size > 1)
      ofOffers.fail(
        path,
        `must be priced in one currency, since one payment holds them, and are in ${[...currencies].join(" and ")}: give one a stack of its own, or another price`,
      );
  }
  return [...ofProducts.faults, ...ofPrices.faults, ...ofOffers.faults];
}
