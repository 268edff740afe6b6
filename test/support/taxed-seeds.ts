import type { SeedFiles } from "../../src/dev/seeds/business.ts";
import { bundledFiles } from "./bundled-seeds.ts";

type Behavior = "exclusive" | "inclusive";

const BUSINESS = "business.json";
const PRICES = "prices.json";

/** The seeds of the repository as a business whose tax Stripe calculates; `others` names prices with another behaviour. */
export function taxedFiles(
  behavior: Behavior,
  others: Readonly<Record<string, Behavior | null>> = {},
  taxCode?: string,
): SeedFiles {
  const { prices } = bundledFiles[PRICES] as { prices: readonly { id: string }[] };
  return {
    ...bundledFiles,
    [BUSINESS]: { ...(bundledFiles[BUSINESS] as object), tax: "stripe" },
    [PRICES]: {
      prices: prices.map((price) => ({
        ...price,
        taxBehavior: price.id in others ? others[price.id] : behavior,
        ...(taxCode !== undefined && { taxCode }),
      })),
    },
  };
}
