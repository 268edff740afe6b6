import type { Business } from "../business-shape.ts";
import type { Fault } from "../faults.ts";
import { checker, type Path } from "./checker.ts";

/** Faults among plans and their prices. */
export function planFaults({ files }: Business): Fault[] {
  const { plans } = files.plans;
  const priceById = new Map(files.prices.prices.map((price) => [price.id, price]));
  const { faults, fail, known, unique } = checker("plans.json");
  unique(
    plans.map((plan) => plan.slug),
    (index) => ["plans", index, "slug"],
  );
  for (const [index, plan] of plans.entries()) {
    const at = (field: string): Path => ["plans", index, field];
    if (plan.status === "contact") {
      for (const field of ["productId", "priceId", "setupPriceId", "stripeMode"] as const) {
        if (plan[field] !== null)
          fail(at(field), "must be null on a contact plan: take it out, or set status to self_serve");
      }
      for (const field of ["moneyBack", "pastDue"] as const) {
        if (plan[field]) fail(at(field), "must be left out on a contact plan");
      }
      if (plan.billingInterval !== "contact") fail(at("billingInterval"), "must be contact on a contact plan");
      continue;
    }
    if (plan.priceId === null || plan.productId === null) {
      fail(at(plan.priceId === null ? "priceId" : "productId"), "must be set on a self-serve plan");
      continue;
    }
    if (plan.stripeMode === null) fail(at("stripeMode"), "must be set on a self-serve plan");
    else if (plan.stripeMode !== plans.find(({ stripeMode }) => stripeMode !== null)?.stripeMode) {
      fail(
        at("stripeMode"),
        "must be the same on every plan: a person moves from one to another, so set all to sandbox or all to live",
      );
    }
    known(at("priceId"), plan.priceId, priceById, "a price", "prices.json");
    const price = priceById.get(plan.priceId);
    if (price && price.billingInterval !== plan.billingInterval) {
      const rule = `must be a price billed by ${plan.billingInterval}, and ${price.id} is billed by ${price.billingInterval}`;
      fail(at("priceId"), `${rule}: set billingInterval to what the price has, or name another price`);
    }
    if (price && price.productId !== plan.productId) fail(at("productId"), `must be the product of ${plan.priceId}`);
    if (plan.setupPriceId === null) continue;
    known(at("setupPriceId"), plan.setupPriceId, priceById, "a price", "prices.json");
    const setup = priceById.get(plan.setupPriceId);
    if (setup && setup.billingInterval !== "one_time")
      fail(
        at("setupPriceId"),
        `must be a price that is paid once, and ${setup.id} is billed by ${setup.billingInterval}: name another, or take it out`,
      );
    if (setup && price && setup.currency !== price.currency)
      fail(
        at("setupPriceId"),
        `must be in ${price.currency}, the plan's currency, and ${setup.id} is in ${setup.currency}: name another`,
      );
  }
  return faults;
}
