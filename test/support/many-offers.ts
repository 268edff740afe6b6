import { parseBusiness } from "../../src/dev/seeds/business.ts";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { bundledFiles } from "./bundled-seeds.ts";

/** Offers of the large business. */
export const MANY = 120;

type Row = Record<string, unknown>;

/** The public id of an offer of the large business by its place in the catalog, from 1. Ids stand in no order. */
export const idAt = (place: number): string => `offer-${(place * 37) % 997}-of-many`;

/** The id that the stack itself has for that offer. */
export const ownIdAt = (place: number): string => `stack-own-${idAt(place)}`;

/** Offers of the large business that are not on sale: one has an inactive price, one a product that is a draft. */
export const OFF_SALE = { inactive: 40, draft: 41 } as const;

/**
 * The reference business with `MANY` offers after its own one, a stack each, in a catalog order that is not that of their
 * ids; every tenth has two bumps. Its plans are those of the reference, and `plans` more.
 */
export function manyOffers({ plans = 60 } = {}): Business {
  const rows = (file: string, key: string) => (bundledFiles[file] as Record<string, readonly Row[]>)[key] ?? [];
  const places = Array.from({ length: MANY }, (_, index) => index + 1);
  const planPlaces = Array.from({ length: plans }, (_, index) => index + 1);
  const product = (id: string, more: Row = {}): Row => ({
    id,
    slug: id,
    name: id,
    kind: "digital_offer",
    status: "sandbox",
    description: "",
    fulfillmentKind: "manual",
    ...more,
  });
  const price = (id: string, cents: number, more: Row = {}): Row => ({
    id,
    productId: `product-${id}`,
    nickname: id,
    currency: "jpy",
    unitAmountCents: cents,
    billingInterval: "one_time",
    active: true,
    confirmationName: id,
    ...more,
  });
  const offerOf = (id: string, more: Row): Row => ({
    id: `stack-own-${id}`,
    publicOfferId: id,
    productId: `product-${id}`,
    priceId: id,
    name: `Name of ${id}`,
    summary: `What ${id} is.`,
    status: "on-sale",
    stripeMode: "sandbox",
    ...more,
  });
  const bumpsOf = (place: number) => (place % 10 === 0 ? [1, 2].map((n) => `bump-${n}-of-${idAt(place)}`) : []);
  const sold = [...places.map(idAt), ...places.flatMap(bumpsOf)];
  const cents = new Map(sold.map((id, index) => [id, 100 + index]));
  const planPrice = (place: number) => `plan-price-${place}`;
  const [grow] = rows("plans.json", "plans");
  return parseBusiness({
    ...bundledFiles,
    "products.json": {
      products: [
        ...rows("products.json", "products"),
        ...sold.map((id) => product(`product-${id}`, id === idAt(OFF_SALE.draft) ? { status: "draft" } : {})),
        ...planPlaces.map((place) =>
          product(`product-${planPrice(place)}`, { kind: "membership_subscription", fulfillmentKind: "membership" }),
        ),
      ],
    },
    "prices.json": {
      prices: [
        ...rows("prices.json", "prices"),
        ...sold.map((id) => price(id, cents.get(id) ?? 0, { active: id !== idAt(OFF_SALE.inactive) })),
        ...planPlaces.map((place) =>
          price(planPrice(place), 900 + place, { currency: "usd", billingInterval: "month", active: place !== 7 }),
        ),
      ],
    },
    "offers.json": {
      stacks: [
        ...rows("offers.json", "stacks"),
        ...places.map((place) => ({
          id: `stack-${idAt(place)}`,
          slug: `stack-${idAt(place)}`,
          status: "ready",
          revision: "1",
          funnelId: `funnel-${place}`,
          funnelRoute: `/funnels/${place}`,
          decisionWindowMinutes: null,
          offers: [
            offerOf(idAt(place), { role: "primary" }),
            ...bumpsOf(place).map((id) => offerOf(id, { role: "order_bump" })),
          ],
        })),
      ],
    },
    "plans.json": {
      plans: [
        ...rows("plans.json", "plans"),
        ...planPlaces.map((place) => ({
          ...grow,
          slug: `plan-${(place * 37) % 997}`,
          name: `Plan ${place}`,
          productId: `product-${planPrice(place)}`,
          priceId: planPrice(place),
          setupPriceId: null,
        })),
      ],
    },
  });
}

/** The slug of a plan of the large business by its place after the reference's own. */
export const slugAt = (place: number): string => `plan-${(place * 37) % 997}`;

/** The place of the plan whose price is inactive. */
export const PLAN_OFF_SALE = 7;
