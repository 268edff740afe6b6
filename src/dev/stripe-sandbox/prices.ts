import type Stripe from "stripe";
import { collection } from "./collection.ts";
import { expandable } from "./parameters.ts";
import { route } from "./route.ts";

/** The currency options of a price as JSON. */
type WireOptions = Record<
  string,
  Omit<Stripe.Price.CurrencyOptions, "unit_amount_decimal"> & { unit_amount_decimal: string | null }
>;
type WireTier = Record<"flat_amount" | "unit_amount" | "up_to", number | null> &
  Record<"flat_amount_decimal" | "unit_amount_decimal", string | null>;

/** A price of the account's catalog as JSON. Stripe writes decimals as text. */
export interface CatalogPrice
  extends Omit<Stripe.Price, "currency_options" | "product" | "tiers" | "unit_amount_decimal"> {
  product: string;
  unit_amount_decimal: string | null;
  currency_options: WireOptions;
  tiers?: WireTier[];
}

/** The fields of a price that its own JSON does not show: those of its product. */
interface PriceHidden {
  name: string;
  taxCode: string | null;
}

/** The prices of the account's catalog. Those that a session makes from `price_data` are not among them. */
export const prices = collection<CatalogPrice, PriceHidden>("price", "prices");

const retrievePrice = route(
  "GET /v1/prices/:id",
  { expand: expandable("currency_options", "tiers") },
  async (sandbox, { id, parameters }) => {
    const { body } = await prices.require(sandbox, id, "price");
    const { currency_options, tiers, ...price } = body;
    return {
      body: {
        ...price,
        ...(parameters.expand?.includes("currency_options") ? { currency_options } : {}),
        ...(parameters.expand?.includes("tiers") && tiers ? { tiers } : {}),
      },
    };
  },
);

/** The calls of this resource. */
export const priceRoutes = [retrievePrice];
