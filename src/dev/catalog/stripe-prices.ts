import Stripe from "stripe";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import { type ConfirmedPrice, type PriceFault, priceFault } from "../../stripe/mapped-price.ts";
import type { Business } from "../seeds/business-shape.ts";
import type { Fault } from "../seeds/faults.ts";
import type { Settings } from "./settings.ts";

/** Asks Stripe, or a stand-in for it. */
type Ask = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Compares each `stripePriceId` with the price at Stripe, as the server does before it sells by it. The key of the mode that the
 * data wants comes from the settings; it is sent to Stripe alone, or to `STRIPE_API_BASE_URL`.
 */
export async function stripePriceFaults({ files }: Business, settings: Settings, ask: Ask = fetch): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const [index, price] of files.prices.prices.entries()) {
    if (price.stripePriceId === null) continue;
    const path = ["prices", index, "stripePriceId"];
    const fail = (message: string) => void faults.push({ file: "prices.json", path, message });
    for (const stripeMode of modesOf(files, price.id)) {
      const name = `STRIPE_SECRET_KEY_${stripeMode.toUpperCase()}`;
      const key = settings[name];
      if (!key) {
        fail(`can't be compared: set ${name} in the environment or in .dev.vars, with a key that may read Prices`);
        continue;
      }
      const found = await priceAt(price.stripePriceId, key, settings, ask);
      if ("problem" in found) {
        fail(`can't be compared: ${found.problem}`);
        continue;
      }
      const confirmed = { ...price, stripeMode };
      const differs = priceFault(found.price, confirmed);
      if (differs) fail(words(differs, found.price, confirmed));
    }
  }
  return faults;
}

/** The modes in which a price is sold by the data. */
function modesOf({ offers, plans }: Business["files"], priceId: string): Set<StripeMode> {
  return new Set([
    ...offers.stacks.flatMap((stack) =>
      stack.offers.flatMap((offer) => (offer.priceId === priceId ? [offer.stripeMode] : [])),
    ),
    ...plans.plans.flatMap((plan) =>
      plan.stripeMode !== null && [plan.priceId, plan.setupPriceId].includes(priceId) ? [plan.stripeMode] : [],
    ),
  ]);
}

async function priceAt(
  id: string,
  key: string,
  settings: Settings,
  ask: Ask,
): Promise<{ readonly price: Readonly<Record<string, unknown>> } | { readonly problem: string }> {
  const base = settings.STRIPE_API_BASE_URL || "https://api.stripe.com";
  const headers = { Authorization: `Bearer ${key}`, "Stripe-Version": Stripe.API_VERSION };
  const url = `${base}/v1/prices/${id}?${new URLSearchParams({ "expand[]": "currency_options" })}`;
  const answer = await ask(url, { headers }).catch(() => undefined);
  if (!answer) return { problem: `${new URL(base).host} does not answer` };
  if (answer.status === 404) return { problem: "Stripe has no such price in this mode: name another, or take it out" };
  if (!answer.ok) return { problem: `Stripe answered ${answer.status}: the key needs the right to read Prices` };
  return { price: (await answer.json()) as Record<string, unknown> };
}

/** The field of the catalog that stands behind one of Stripe's. */
const HERE: { readonly [F in PriceFault]?: (price: ConfirmedPrice) => unknown } = {
  unit_amount: ({ unitAmountCents }) => unitAmountCents,
  currency: ({ currency }) => currency,
  currency_options: ({ currency }) => currency,
  recurring: ({ billingInterval }) => billingInterval,
  tax_behavior: ({ taxBehavior }) => taxBehavior,
  livemode: ({ stripeMode }) => stripeMode === "live",
  active: () => true,
  billing_scheme: () => "per_unit",
};

/** Both values of the field that differs. */
function words(field: PriceFault, price: Readonly<Record<string, unknown>>, confirmed: ConfirmedPrice): string {
  const there = field === "currency_options" ? Object.keys(Object(price[field])) : price[field];
  const here = HERE[field]?.(confirmed) ?? "not set";
  const way = "change the catalog, or name a price that agrees";
  return `differs from the price at Stripe in ${field}: ${JSON.stringify(there ?? null)} there, and ${JSON.stringify(here)} here, so ${way}`;
}
