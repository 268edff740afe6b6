import type { StripeMode } from "../db/schema/vocabulary.ts";
import { soldMode } from "../db/sold-mode.ts";
import type { CommerceRows } from "../db/source-data.ts";
import { stacksOnSale } from "./offer-list.ts";

type Row<K extends keyof CommerceRows> = CommerceRows[K][number];
export type OfferRow = Row<"offers">;
export type PlanRow = Row<"plans">;
type PriceRow = Row<"prices">;

/** The catalog rows, joined by their references. */
export interface Catalog {
  readonly business: Row<"business">;
  readonly plans: readonly PlanRow[];
  /** The offers of the published stack by role: the one on sale, its order bumps, and the two after payment. */
  readonly primary: OfferRow;
  readonly bumps: readonly OfferRow[];
  readonly upsell: OfferRow | undefined;
  readonly downsell: OfferRow | undefined;
  requirePrice(id: string): PriceRow;
  /** The one-time setup that plans can be bought with; null where none can. */
  readonly setupPrice: PriceRow | null;
  /** The mode that the published stack is sold in. */
  readonly offerMode: StripeMode;
  /** The mode that the data asks for plans; the deployment may sell them in sandbox. */
  readonly planMode: StripeMode;
}

/** Throws where the business is not seeded. `maxMode` is the deployment's. */
export function catalogOf(rows: CommerceRows, maxMode: StripeMode | null): Catalog {
  const [business] = rows.business;
  // The first that is on sale: seeds leave the rows of an offer that is gone.
  const stack = stacksOnSale(rows)[0]?.stack ?? rows.stacks[0];
  if (!business || !stack) throw new Error("the database holds no business with an offer stack");
  const offers = rows.offers.filter((offer) => offer.offerStackId === stack.id);
  const primary = offers.find((offer) => offer.role === "primary");
  if (!primary) throw new Error(`${stack.id} has no primary offer`);
  const priceById = new Map(rows.prices.map((price) => [price.id, price]));
  const requirePrice = (id: string): PriceRow => {
    const price = priceById.get(id);
    if (!price) throw new Error(`${id} is not a price`);
    return price;
  };
  const setupPriceId = rows.plans.find((plan) => plan.setupPriceId !== null)?.setupPriceId ?? null;
  return {
    business,
    plans: rows.plans,
    primary,
    bumps: offers.filter((offer) => offer.role === "order_bump"),
    upsell: offers.find((offer) => offer.role === "upsell"),
    downsell: offers.find((offer) => offer.role === "downsell"),
    requirePrice,
    setupPrice: setupPriceId === null ? null : requirePrice(setupPriceId),
    offerMode: soldMode(primary.stripeMode, { maxMode }),
    // All plans share one mode.
    planMode: rows.plans.find(({ stripeMode }) => stripeMode !== null)?.stripeMode ?? "sandbox",
  };
}
