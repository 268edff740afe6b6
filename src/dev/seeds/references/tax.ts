import type { Business } from "../business-shape.ts";
import type { Fault } from "../faults.ts";
import { checker, type Path } from "./checker.ts";

/**
 * Faults of the tax settings. A confirmation text says once how tax stands to its amount: all prices that one checkout can
 * hold have the same behaviour, and none has one where the business has no tax calculated.
 */
export function taxFaults({ files }: Business): Fault[] {
  const { prices } = files.prices;
  const ofPrices = checker("prices.json");
  if (files.business.tax === "none") {
    for (const [index, price] of prices.entries()) {
      for (const field of ["taxBehavior", "taxCode"] as const) {
        if (price[field] === null) continue;
        ofPrices.fail(["prices", index, field], 'must be left out, or set tax to "stripe" in business.json');
      }
    }
    return ofPrices.faults;
  }

  const behaviorOf = new Map(prices.map(({ id, taxBehavior }) => [id, taxBehavior]));
  const checkouts = checkoutsOf(files);
  for (const [index, { id, taxBehavior }] of prices.entries()) {
    if (taxBehavior !== null || !checkouts.some(({ priceIds }) => priceIds.includes(id))) continue;
    const rule = "must be exclusive (tax is added) or inclusive (tax is in the price) on a price that is sold";
    ofPrices.fail(["prices", index, "taxBehavior"], `${rule}, or set tax to "none" in business.json`);
  }
  const ofCheckouts = checkouts.flatMap(({ file, path, priceIds }) => {
    const { faults, fail } = checker(file);
    const behaviors = new Set(priceIds.flatMap((id) => behaviorOf.get(id) ?? []));
    const rule = "must be prices of one taxBehavior, since one sentence confirms them together";
    if (behaviors.size > 1) fail(path, `${rule}: ${priceIds.join(", ")}`);
    return faults;
  });
  return [...ofPrices.faults, ...ofCheckouts];
}

/** The prices that can stand in one checkout: an offer with its bumps, and a plan with its setup. */
function checkoutsOf(files: Business["files"]): { file: string; path: Path; priceIds: string[] }[] {
  const ofStacks = files.offers.stacks.map(({ offers }, index) => ({
    file: "offers.json",
    path: ["stacks", index, "offers"],
    priceIds: offers.filter(({ role }) => role === "primary" || role === "order_bump").map(({ priceId }) => priceId),
  }));
  const ofPlans = files.plans.plans.map(({ priceId, setupPriceId }, index) => ({
    file: "plans.json",
    path: ["plans", index, "setupPriceId"],
    priceIds: [priceId, setupPriceId].filter((id) => id !== null),
  }));
  return [...ofStacks, ...ofPlans];
}
