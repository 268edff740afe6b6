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
        if (plan[field] !== null) fail(at(field), "must be null on a contact plan");
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
      fail(at("stripeMode"), "must be the same on every plan");
    }
    known(at("priceId"), plan.priceId, priceById, "a price");
    const price = priceById.get(plan.priceId);
    if (price && price.billingInterval !== plan.billingInterval) {
      fail(at("priceId"), `must be a price billed by ${plan.billingInterval}`);
    }
    if (price && price.productId !== plan.productId) fail(at("productId"), `must be the product of ${plan.priceId}`);
    if (plan.setupPriceId === null) continue;
    known(at("setupPriceId"), plan.setupPriceId, priceById, "a price");
    const setup = priceById.get(plan.setupPriceId);
    if (setup && setup.billingInterval !== "one_time") fail(at("setupPriceId"), "must be a price that is paid once");
    if (setup && price && setup.currency !== price.currency) fail(at("setupPriceId"), "must be in the plan's currency");
  }
  return faults;
}
