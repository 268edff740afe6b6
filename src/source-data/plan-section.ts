import { planCheckoutContract } from "../commerce/plans/contract.ts";
import { ROUTES } from "../commerce/routes.ts";
import type { Catalog, PlanRow } from "./catalog.ts";
import { given } from "./given.ts";
import { neutralSetup } from "./neutral-prose.ts";
import { over, type Prose } from "./prose.ts";

/** The self-serve plans: the contract, every plan, and the setup that can be added. */
export function planSection(catalog: Catalog, prose: Prose) {
  const contract = planContractSection(catalog, prose);
  return {
    contract,
    plans: catalog.plans.map((plan) => ({
      slug: plan.slug,
      name: plan.name,
      label: plan.label,
      headline: plan.headline,
      monthlyAmountCents: monthlyAmount(catalog, plan),
      billingInterval: plan.billingInterval,
      status: plan.status,
      productId: plan.productId,
      priceId: plan.priceId,
      cta: plan.cta,
      description: plan.description,
      bestFor: plan.bestFor,
      included: JSON.parse(plan.includedJson) as readonly string[],
      ...yearlyAmount(catalog, plan),
    })),
    setupAddon: contract.setupAddon,
  };
}

/** The contract of plan checkouts, which the document holds twice. */
export function planContractSection(catalog: Catalog, prose: Prose) {
  const words = prose["self-serve-pricing"];
  return given({
    id: words.id,
    status: words.status,
    issue: words.issue,
    updatedAt: words.updatedAt,
    checkoutRoute: planCheckoutContract.route,
    successRoute: ROUTES.pricingSuccess,
    stripeMode: catalog.planMode,
    publicPlans: catalog.plans.map((plan) => ({
      slug: plan.slug,
      name: plan.name,
      status: plan.status,
      monthlyAmountCents: monthlyAmount(catalog, plan),
      billingInterval: plan.billingInterval,
      productId: plan.productId,
      priceId: plan.priceId,
      ...yearlyAmount(catalog, plan),
    })),
    setupAddon: setupAddon(catalog, prose),
    provisioning: words.provisioning,
    webhookCaveat: words.webhookCaveat,
  });
}

function setupAddon({ setupPrice }: Catalog, prose: Prose) {
  if (!setupPrice) return null;
  const { slug, name, label, description } = over(neutralSetup(setupPrice), prose["self-serve-pricing"].setupAddon);
  return {
    slug,
    name,
    label,
    description,
    unitAmountCents: setupPrice.unitAmountCents,
    currency: setupPrice.currency,
    productId: setupPrice.productId,
    priceId: setupPrice.id,
  };
}

/** Null for a plan that is not charged by the month: a yearly plan has its amount under `amountCents`. */
function monthlyAmount(catalog: Catalog, plan: PlanRow): number | null {
  if (plan.priceId === null || plan.billingInterval !== "month") return null;
  return catalog.requirePrice(plan.priceId).unitAmountCents;
}

/** The keys that a yearly plan has more than a monthly one. */
function yearlyAmount(catalog: Catalog, plan: PlanRow) {
  if (plan.priceId === null || plan.billingInterval !== "year") return {};
  const { unitAmountCents, currency } = catalog.requirePrice(plan.priceId);
  return { amountCents: unitAmountCents, currency };
}
