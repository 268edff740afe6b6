import type { StripeMode } from "../db/schema/vocabulary.ts";
import { soldMode } from "../db/sold-mode.ts";
import type { CommerceRows } from "../db/source-data.ts";
import type { Context } from "../kernel/context.ts";
import type { Parts } from "../kernel/parts.ts";
import { stacksOnSale } from "./offer-list.ts";

type Row<K extends keyof CommerceRows> = CommerceRows[K][number];
export type OfferRow = Row<"offers">;
export type PlanRow = Row<"plans">;
type PriceRow = Row<"prices">;

/** What a deployment says of the business that it serves. */
export type Deployed = Pick<Context, "maxMode" | "parts">;

/** The catalog rows, joined by their references. */
export interface Catalog {
  readonly business: Row<"business">;
  readonly plans: readonly PlanRow[];
  /** The parts that the business uses. */
  readonly parts: Parts;
  /** The offers of the published stack by role: the one on sale, its order bumps, and the two after payment. */
  readonly primary: OfferRow | undefined;
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

/** Throws where the business is not seeded. Rows of parts that it no longer uses stay in the database, and are left out. */
export function catalogOf(rows: CommerceRows, { maxMode, parts }: Deployed): Catalog {
  const [business] = rows.business;
  if (!business) throw new Error("the database holds no business");
  // The first stack on sale; where none is, the first of the files.
  const stack = parts.has("offers") ? (stacksOnSale(rows)[0]?.stack ?? rows.stacks[0]) : undefined;
  const offers = rows.offers.filter((offer) => offer.offerStackId === stack?.id);
  const primary = offers.find((offer) => offer.role === "primary");
  const upsells = parts.has("upsells") ? offers : [];
  const plans = parts.has("plans") ? rows.plans : [];
  const priceById = new Map(rows.prices.map((price) => [price.id, price]));
  const requirePrice = (id: string): PriceRow => {
    const price = priceById.get(id);
    if (!price) throw new Error(`${id} is not a price`);
    return price;
  };
  const setupPriceId = plans.find((plan) => plan.setupPriceId !== null)?.setupPriceId ?? null;
  return {
    business,
    parts,
    plans,
    primary,
    bumps: offers.filter((offer) => offer.role === "order_bump"),
    upsell: upsells.find((offer) => offer.role === "upsell"),
    downsell: upsells.find((offer) => offer.role === "downsell"),
    requirePrice,
    setupPrice: setupPriceId === null ? null : requirePrice(setupPriceId),
    offerMode: soldMode(primary?.stripeMode ?? "sandbox", { maxMode }),
    // All plans share one mode.
    planMode: plans.find(({ stripeMode }) => stripeMode !== null)?.stripeMode ?? "sandbox",
  };
}
